"""Any RSS or Atom feed: its entries as reports, with the values that their texts name."""

from collections.abc import Iterator
from typing import Any

from stack.core.errors import BadInput
from stack.core.plugin_options import Credential, Option, Place
from stack.core.sandbox.running import stream_sandboxed
from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.stix_values import keep_case, make_observable
from stack.ingest.streams import ByteStream
from stack.sources.feeds.base import FeedPlugin
from stack.sources.feeds.making import Maker, Object, cite, make_records, read_time
from stack.sources.feeds.syndication import TARGET
from stack.stix.observables.extract import extract_observables
from stack.stix.observables.kinds import Kind

_MOST_BYTES = 16 * 1024 * 1024
_LONGEST_TEXT = 20_000
_MOST_VALUES = 500


class Feed(FeedPlugin):
    """News of a blog or a vendor: each entry becomes a report, beside the values in it."""

    name = "rss"
    title = "RSS or Atom feed"
    page = "https://www.rfc-editor.org/rfc/rfc4287"
    terms = "Those of whoever publishes it."
    filename = "feed.xml"
    reliability = 5
    most_bytes = _MOST_BYTES
    is_document = True
    credentials = (
        Credential("user", "User name", Place.USER, is_needed=False),
        Credential("password", "Password", Place.PASSWORD, is_needed=False),
    )
    options = (Option("values", "Take values out of the texts", "yes", values=("yes", "no")),)
    example = (
        b'<?xml version="1.0"?><rss version="2.0"><channel><title>Example Labs</title>'
        b"<link>https://labs.example/</link><item><title>A new loader</title>"
        b"<link>https://labs.example/loader</link><guid>https://labs.example/loader</guid>"
        b"<pubDate>Sat, 31 Jan 2026 08:15:30 GMT</pubDate><category>malware</category>"
        b"<description>It calls &lt;b&gt;hxxp://evil[.]example/gate&lt;/b&gt;.</description></item></channel></rss>"
    )

    @staticmethod
    def parse(stream: ByteStream, options: ParseOptions) -> Iterator[Record | RecordFault]:
        text = stream.read(_MOST_BYTES)
        entries = iter(stream_sandboxed(TARGET, payload=text))
        publisher: dict[str, Any] = next(entries, {})
        if not publisher.get("version"):
            raise BadInput("This is no RSS or Atom feed", remedy="Check the address.")
        rows = ((f"entry {number}", (publisher, entry)) for number, entry in enumerate(entries))
        return make_records(rows, options, _make)


def _make(maker: Maker, row: tuple[dict[str, Any], dict[str, Any]]) -> Iterator[Object]:
    publisher, entry = row
    name = publisher["title"].strip() or maker.source
    author = maker.object("identity", (name,), name=name[:250], identity_class="organization")
    yield author
    word = entry["id"] or entry["link"]
    if not word or not entry["title"]:
        raise ValueError("the entry has no title, or nothing that tells it from others")
    values = (
        list(_find_values(f"{entry['title']}\n{entry['text']}"))
        if maker.choices.get("values") != "no"
        else []
    )
    yield from values
    yield maker.object(
        "report",
        (word,),
        name=entry["title"][:250],
        description=entry["text"][:_LONGEST_TEXT] or None,
        report_types=["threat-report"],
        published=read_time(entry["published"] or entry["updated"]) or maker.received,
        labels=list(dict.fromkeys(tag for tag in entry["tags"] if tag)),
        created_by_ref=author["id"],
        object_refs=[author["id"], *(value["id"] for value in values)],
        external_references=[cite(name[:250], url=entry["link"])],
    )


def _find_values(text: str) -> Iterator[Object]:
    """Observables, each once; the CVEs that a text names stand in the report's own text."""
    seen: set[str] = set()
    for found in extract_observables(text):
        if found.observable.kind is Kind.CVE or len(seen) >= _MOST_VALUES:
            continue
        made = make_observable(keep_case(found.observable, found.raw))
        if made is not None and made["id"] not in seen:
            seen.add(made["id"])
            yield made
