"""A server of pages in memory, with the faults that servers have; asked as the client would ask."""

import json
from dataclasses import dataclass, field
from typing import Any

from stack.sources.taxii.paging import TokenRefused
from stack.sources.taxii.protocol import Page
from stack.stix.timestamps import format_instant, parse_instant

BEGIN_US = 1_780_000_000_000_000


def make_entries(count: int, *, step_us: int = 1_000) -> list[tuple[int, bytes]]:
    """(date added, text) of objects, `step_us` apart."""
    return [
        (
            BEGIN_US + place * step_us,
            json.dumps(
                {
                    "type": "malware",
                    "id": f"malware--00000000-0000-4000-8000-{place:012d}",
                    "modified": format_instant(BEGIN_US + place * step_us),
                }
            ).encode(),
        )
        for place in range(count)
    ]


@dataclass
class Server:
    """`entries` in the order in which they were added; every other field is a fault, or its absence."""

    entries: list[tuple[int, bytes]]
    most: int = 10
    says_more: Any = "right"
    gives_next: str = "right"
    gives_headers: bool = True
    resolution_us: int = 1
    is_inclusive: bool = False
    ignores_added_after: bool = False
    is_descending: bool = False
    shuffles: bool = False
    repeats_pages: bool = False
    caps_limit: bool = True
    now: int = 0
    asked: list[tuple[str, str, int]] = field(default_factory=list)
    refuses_tokens: bool = False

    def fetch(self, *, added_after: str, token: str, limit: int) -> Page:
        self.asked.append((added_after, token, limit))
        assert len(self.asked) < 3_000, "the drain does not end"
        if token and self.refuses_tokens:
            raise TokenRefused
        found = [(at // self.resolution_us * self.resolution_us, text) for at, text in self.entries]
        found.sort(key=lambda each: each[0], reverse=self.is_descending)
        if added_after and not self.ignores_added_after:
            after = parse_instant(added_after) // self.resolution_us * self.resolution_us
            found = [each for each in found if each[0] > after or (self.is_inclusive and each[0] == after)]
        size = min(limit, self.most) if self.caps_limit else limit
        start = int(token.partition("#")[0]) if token else 0
        if self.shuffles:
            pages = [found[at : at + size] for at in range(0, len(found), size)]
            pages = pages[1::2] + pages[0::2]
            found = [each for page in pages for each in page]
        page = found[start : start + size]
        rest = found[start + size :]
        following = ""
        if rest and self.gives_next != "none":
            following = str(start + size)
        if self.repeats_pages and page and not token.endswith("#"):
            following = f"{start}#"
        if self.gives_next == "always":
            following = following or "0"
        if self.gives_next == "same" and rest:
            following = "0"
        more = {"right": bool(rest), "absent": None}.get(self.says_more, self.says_more)
        dates = [at for at, _ in page]
        return Page(
            [text for _, text in page],
            is_more=more,
            next=following,
            first=format_instant(dates[0]) if dates and self.gives_headers else "",
            last=format_instant(dates[-1]) if dates and self.gives_headers else "",
            now=self.now or (BEGIN_US + 3_600_000_000),
        )

    def find_date(self, page: Page) -> str:
        """As the manifest would."""
        dates = [at for at, text in self.entries if text in set(page.objects)]
        return format_instant(max(dates) // self.resolution_us * self.resolution_us) if dates else ""
