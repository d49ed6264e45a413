"""Entries of RSS and Atom, read in the sandbox: XML from outside is parsed nowhere else."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, BinaryIO

TARGET = "stack.sources.feeds.syndication:read_entries"
_LONGEST_TEXT = 200_000
_MOST_ENTRIES = 5_000


def read_entries(file: BinaryIO, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """First `{"title", "link"}` of the feed, then of each entry `title, link, id, published, updated, tags,
    text`, with times as `YYYY-MM-DDTHH:MM:SSZ`."""
    import feedparser

    # Addresses in it are not fetched, and it never is one itself: the parser is handed bytes.
    parsed = feedparser.parse(file.read(), sanitize_html=False, resolve_relative_uris=False)
    yield {
        "title": str(parsed.feed.get("title", "")),
        "link": str(parsed.feed.get("link", "")),
        "version": str(parsed.version or ""),
    }
    for entry in parsed.entries[:_MOST_ENTRIES]:
        contents = [str(content.get("value", "")) for content in entry.get("content", [])]
        texts = [str(entry.get("summary", "")), *contents]
        yield {
            "title": strip_markup(str(entry.get("title", "")))[:1000],
            "link": str(entry.get("link", ""))[:2000],
            "id": str(entry.get("id", ""))[:2000],
            "published": _write_time(entry.get("published_parsed")),
            "updated": _write_time(entry.get("updated_parsed")),
            "tags": [str(tag.get("term", ""))[:200] for tag in entry.get("tags", [])][:100],
            "text": strip_markup(max(texts, key=len))[:_LONGEST_TEXT],
        }


def strip_markup(text: str) -> str:
    """The words of a piece of HTML."""
    reader = _Words()
    reader.feed(text)
    reader.close()
    return " ".join("".join(reader.words).split())


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.words.append(" ")
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.words.append(" ")
        self._hidden -= tag in ("script", "style") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def _write_time(moment: Any) -> str:
    if not moment:
        return ""
    year, month, day, hour, minute, second = moment[:6]
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{min(second, 59):02}Z"
