"""`/styleguide`: every component in every state, with invented values, for anybody to see."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from stack.core.clock import now_us
from stack.core.known_good.records import Category, KnownGood
from stack.web.access import open_page
from stack.web.analysis_samples import describe_samples
from stack.web.forms import Entry, Form, choose
from stack.web.marking_picker import Choice, Picker

_HOUR = 3_600_000_000
_PICKER = Picker(
    key="guide",
    unmarked="As in the file",
    is_unmarked=False,
    levels=tuple(
        Choice(level, level, level == "amber") for level in ("clear", "green", "amber", "amber+strict", "red")
    ),
    markings=(
        Choice("members", "For members of the exchange", is_chosen=True),
        Choice(
            "long", "A statement that is much longer than the room that a phone has for it", is_chosen=False
        ),
    ),
    owner="My organisation",
    sharing="chosen",
    organisations=(
        Choice("org:Northern CERT", "Northern CERT", is_chosen=True),
        Choice("org:Harbour Bank", "Harbour Bank", is_chosen=False),
    ),
    groups=(Choice("group:Energy", "Energy", is_chosen=False),),
    embargo_until="2001-01-31T09:00",
    outcome="My organisation and Northern CERT see this: people cleared for TLP:AMBER.",
    faults={"embargo_until": "expected a time to come, got “2001-01-31T09:00”"},
)
_TOKENS = {
    "Ground": ("surface", "raised", "inset", "border", "control", "text", "muted", "accent", "focus"),
    "Verdicts": ("verdict-malicious", "verdict-suspicious", "verdict-benign", "verdict-unknown"),
    "Severities": ("severity-critical", "severity-high", "severity-medium", "severity-low", "severity-none"),
    "Series": ("series-1", "series-2", "series-3", "series-4", "series-5"),
    "TLP": ("tlp-red", "tlp-amber", "tlp-green", "tlp-clear"),
}
_HASH = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"
_REASONS = (
    ("+40", "Named in two reports of reliability B"),
    ("+32", "Seen in the last seven days by three sources"),
    ("+20", "Hosts a family with severity high"),
    ("−10", "One source calls it benign"),
)


_LEVELS = (("green", "TLP:GREEN"), ("amber", "TLP:AMBER"))
_SCOPES = (("read", "Read"), ("export", "Export"), ("ingest", "Ingest"))
_FORM = Form(
    "guide-form",
    (
        Entry("level", "Sees up to", kind="select", choices=choose(_LEVELS, "amber")),
        Entry("scopes", "It may", kind="checks", choices=choose(_SCOPES, "read"), hint="Tick none for all."),
        Entry(
            "networks",
            "Only from these networks",
            kind="textarea",
            value="198.51.100.0/33",
            fault="“198.51.100.0/33” is no network: expected one such as 198.51.100.0/24",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A row of the sample table; `age` is in hours."""

    value: str
    kind: str
    verdict: str
    score: int | None
    tlp: str
    age: float | None
    sources: int

    @property
    def seen(self) -> int | None:
        return None if self.age is None else now_us() - round(self.age * _HOUR)


_SAMPLES = (
    Sample("198.51.100.23", "ipv4", "malicious", 92, "red", 0.05, 5),
    Sample("2001:db8::17", "ipv6", "suspicious", 67, "amber+strict", 5, 3),
    Sample("update.evil.example", "domain", "benign", 45, "amber", 72, 2),
    Sample("https://evil.example/gate.php?id=1", "url", "unknown", 12, "green", 2400, 1),
    Sample("invoice@evil.example", "email", "malicious", None, "clear", 20_000, 12),
    Sample(_HASH, "sha256", "benign", 0, "", None, 1),
)


@open_page("invented values alone")
def show_styleguide(request: HttpRequest) -> HttpResponse:
    now = now_us()
    context = {**_describe_samples(now), **_describe_lists(now), **describe_samples(now)}
    return render(request, "pages/styleguide.html", context)


def _describe_samples(now: int) -> dict[str, Any]:
    return {
        "tokens": _TOKENS,
        "reasons": _REASONS,
        "rows": _SAMPLES,
        "picker": _PICKER,
        "tlps": ("red", "amber+strict", "amber", "green", "clear"),
        "verdicts": ("malicious", "suspicious", "benign", "unknown"),
        "form": _FORM,
        "known_good": (
            KnownGood("sites", Category.FALSE_POSITIVE, "The most visited sites", 20261123, "evil.example"),
            KnownGood("clouds", Category.KNOWN, "Addresses of a cloud", 7),
        ),
        "known_places": (KnownGood("clouds", Category.KNOWN, "Addresses of a cloud", 7),),
        "instants": (now, now - 5 * _HOUR, now - 20_000 * _HOUR, now + 3 * _HOUR + _HOUR // 2, None),
    }


def _describe_lists(now: int) -> dict[str, Any]:
    return {
        "tabs": [
            {"name": "Overview", "url": "#tabs", "current": True, "count": None},
            {"name": "Relations", "url": "#tabs-relations", "count": 5112},
            {"name": "Sources", "url": "#tabs-sources", "count": 3},
            {"name": "History", "url": "#tabs-history", "count": 0},
        ],
        "facets": [
            {
                "name": "type",
                "title": "Type",
                "total": 2,
                "values": [
                    {
                        "label": "Indicator",
                        "value": "indicator",
                        "count": 11_154,
                        "url": "#facets",
                        "chosen": True,
                    },
                    {"label": "Malware", "value": "malware", "count": 812, "url": "#facets"},
                ],
            },
            {
                "name": "source",
                "title": "Source",
                "total": 34,
                "all_url": "#facets",
                "more": True,
                "values": [
                    {
                        "label": "A source whose name is much longer than the room",
                        "count": 9,
                        "url": "#facets",
                    },
                    {"label": "Northern CERT", "value": "cert", "count": 4, "url": "#facets"},
                ],
            },
        ],
        "changes": [
            {
                "kind": "changed",
                "path": "description",
                "before": [("A loader ", False), ("seen in spam", True), (".", False)],
                "after": [("A loader ", False), ("delivered by shared documents", True), (".", False)],
            },
            {"kind": "added", "path": "aliases[2]", "before": None, "after": [("COLD WICKET", False)]},
            {"kind": "removed", "path": "x_score", "before": [("71", False)], "after": None},
        ],
        "events": [
            {
                "icon": "eye",
                "title": "Seen by Northern CERT",
                "at": now - _HOUR,
                "note": "12 times in one day",
            },
            {"icon": "book-open", "title": "Named in a report", "at": now - 30 * _HOUR, "url": "#timeline"},
            {"icon": "plus", "title": "First received", "at": now - 3000 * _HOUR},
        ],
        "chart": {
            "title": "Objects received a day",
            "across": "Day",
            "series": [
                {"title": "New", "tone": "series-1"},
                {"title": "Updated", "tone": "series-2"},
                {"title": "Rejected", "tone": "severity-high"},
            ],
            "rows": [
                ("Mon", (4200, 310, 12)),
                ("Tue", (3900, 512, 3)),
                ("Wed", (5112, 280, 0)),
                ("Thu", (1210, 90, 41)),
                ("Fri", (2800, 330, 7)),
            ],
        },
    }
