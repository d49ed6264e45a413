"""What of an answer is not compared, and why that is safe. All else is compared byte for byte.

Times hardly need a rule: the clock stands still, and each item and request has its own time in both worlds.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

_TOKEN = r"[A-Za-z0-9_-]"
# Row ids are given out in sequence, so a number tells how much others made, and not what (accepted, see
# docs/security/access.md). Which row an id stands for is compared: each becomes the place at which it was
# first met, so that rows in another order, or rows that are the same in one world only, still differ.
_NUMBERS: tuple[tuple[str, str], ...] = (
    ("job", r'(?<="id":)\d+(?=,"kind":"[a-z-]+","state")'),
    ("source", r'(?<="source_id":)\d+'),
    ("source", r"(?<=/sources/)\d+|(?<=There is no source )\d+"),
    ("source", r"(?<=source=)\d+"),
    ("source", r"(?<=facet-source-)\d+|(?<=Source</span>)\d+"),
    ("source", r'(?<="facet-word" title=")\d+(?=">)|(?<=\d">)\d+(?=</span>)'),
    ("source", r'(?<={"value":")\d+(?=","count":\d+,"label":"\D)'),
    ("source", r"(?<=remove-)\d+(?=[\"'-])"),
    ("job", r"(?<=/jobs/)\d+"),
    ("job", r'(?<="job":)\d+|(?<="job": ")\d+|(?<="job": )\d+|(?<=""job"":)\d+'),
    ("job", r'(?<="job_id":)\d+|(?<="job_id": )\d+'),
    ("job", r"(?<=Analysis )\d+"),
    ("job", r"(?<=job-)\d+(?=-errors)"),
    ("job", r'(?<=[ >"][Jj]ob )\d+'),
    ("user", r'(?<="user_id":)\d+|(?<="user_id": )\d+|(?<=,bob,)\d+|(?<=,carol,)\d+'),
    ("user", r'(?<="owner":)\d+|(?<="owner": )\d+|(?<=""owner"":)\d+'),
    ("user", r"(?<=· owner )\d+|(?<=· user_id )\d+|(?<=· user )\d+"),
    ("key", r'(?<="key_id":)\d+|(?<="key_id": )\d+'),
    ("key", r'(?<=›,)\d+(?=,5001,)|(?<=">key )\d+'),
    ("collection", r'(?<="collection_id":)\d+|(?<="collection_id": )\d+|(?<=""collection_id"":)\d+'),
    ("collection", r"(?<=· collection_id )\d+|(?<=collection_id: )\d+"),
    ("key", r"(?<=/keys/)\d+|(?<=no API key )\d+"),
    ("member", r"(?<=/members/)\d+"),
    ("invitation", r"(?<=/invitations/)\d+|(?<=There is no open invitation )\d+"),
    ("session", r"(?<=/sessions/)\d+"),
    ("version", r"(?<=[?&]version=)\d+"),
    ("version", r"(?<=There is no version )\d+"),
    ("version", r"(?<=: version )\d+(?= of )|(?<=Download version )\d+"),
    ("version", r'(?<=name="from" value=")\d+|(?<=name="to" value=")\d+'),
    # What an entry of the audit log is about.
    *(
        (kind, rf'(?<=kind":"{kind}","object_id":")\d+|(?<=kind={kind}&amp;object_id=)\d+|(?<=,{kind},)\d+')
        for kind in ("user", "member", "job", "key", "invitation", "source", "output", "feed", "review")
    ),
    *(
        (kind, rf'(?<=kind": "{kind}",\n      "object_id": ")\d+')
        for kind in ("user", "member", "job", "key", "invitation", "source", "output", "feed", "review")
    ),
    ("collection", r'(?<="id":)\d+(?=,"uid")'),
    ("collection", r"(?<=There is no collection )\d+|(?<=organisation has no collection )\d+"),
    ("collection", r"(?<=in the collection )\d+|(?<=/sharing/collections/)\d+|(?<=taxii-)\d+"),
    ("collection", r"(?<=collection-)\d+|(?<=,collection,)\d+"),
    ("output", r"(?<=/sharing/outputs/)\d+|(?<=output-)\d+|(?<=address-)\d+"),
    ("feed", r"(?<=>feed )\d+|(?<=\"feed )\d+|(?<=,feed )\d+"),
    # When an entry came into a collection: to the microsecond, which tells how many came in with it.
    ("date", r'(?<="added_at":")[^"]+|(?<="date_added":")[^"]+|(?<=Date-Added-First: )\S+'),
    ("date", r"(?<=Date-Added-Last: )\S+"),
    ("output", r"(?<=organisation has no output )\d+"),
    ("collection", r'(?<="collection_id":)\d+'),
    ("uid", r'(?<="uid":")[0-9a-f]{16}(?=")|(?<=/outputs/)[0-9a-f]{16}(?=/)'),
    ("review", r"(?<=/reviews/)\d+|(?<=There is no review )\d+"),
    # No other time has microseconds: the clock stands on whole hours.
    ("date", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    ("date", r'(?<=data-label="Came in"><time class="instant" datetime=")[^"]+|(?<="added": ")[^"]+'),
    ("date", r'(?<=data-label="Newest entry"><time class="instant" datetime=")[^"]+|(?<="newest": ")[^"]+'),
    ("date", r"(?m)^\d{4}-\d\d-\d\dT[\d:.]+Z(?=,[a-z-]+--[0-9a-f-]{36},)|(?<=[?;]after=)\d{16}"),
    ("row", r"(?<=<code>)\d+(?=</code>)"),
)
_UNNUMBERED = {"date", "place", "row", "uid"}
# What `"id":` and an `id` column number, by the last fixed word of the address.
_RESOURCES = {
    "sources": "source",
    "jobs": "job",
    "cancel": "job",
    "retry": "job",
    "ingest": "job",
    "versions": "version",
    "history": "version",
    "members": "member",
    "disable": "member",
    "enable": "member",
    "keys": "key",
    "me": "key",
    "invitations": "invitation",
    "collections": "collection",
    "sharing": "collection",
    "outputs": "output",
    "groups": "group",
    "restricted-markings": "restriction",
    "account": "account",
    "providers": "account",
    "analysis-rules": "rule",
}
# What somebody was just given, or what keeps a form safe: random, so nothing of the data is in it. Where a
# page begins is encrypted under the secret key (`store/places.py`): pages are followed and compared instead.
_RANDOM: tuple[tuple[str, str], ...] = (
    # A date of a collection, like `added_at`.
    ("cursor", r'(?<="cursor":")[A-Za-z0-9_-]+'),
    ("csrf", r'(?<=name="csrfmiddlewaretoken" value=")[A-Za-z0-9]{64}'),
    ("csrf", r'(?<="X-CSRFToken": ")[A-Za-z0-9]{32,64}'),
    ("csrf", r"(?<=X-CSRFToken&quot;: &quot;)[A-Za-z0-9]{32,64}"),
    ("key", r"stk_[0-9a-f]{12}_[0-9a-f]{48}"),
    ("key", r"stk_[0-9a-f]{12}"),
    ("key", r'(?<="prefix":")[0-9a-f]{12}|(?<="prefix": ")[0-9a-f]{12}|(?<=,)[0-9a-f]{12}(?=,)'),
    ("key", r'(?<=prefix"":"")[0-9a-f]{12}|(?<=· prefix )[0-9a-f]{12}'),
    ("link", rf"(?<=/join/){_TOKEN}{{43}}"),
    ("link", rf"(?<=/sign-in/){_TOKEN}{{43}}"),
    ("link", rf'(?<="token":"){_TOKEN}{{43}}'),
    ("look-up", rf"(?<=/lookup/){_TOKEN}{{16}}(?!{_TOKEN})"),
    ("look-up", rf'(?<="type":"","id":"){_TOKEN}{{16}}(?=")'),
    ("place", rf"(?<=after=){_TOKEN}{{20,}}"),
    ("place", r'(?<="next":")[^"]+|(?<="next": ")[^"]+'),
    ("secret", r'(?<=id="app-secret">)[A-Z2-7]{32}'),
    ("secret", r"(?<=data:image/svg\+xml;base64,)[A-Za-z0-9+/=]+"),
    ("secret", r'(?<="challenge": ")[^"]+|(?<="id": ")[^"]+(?=", "displayName")'),
)
# How long something took.
_DURATIONS = re.compile(r'(?<="seconds":)[\d.e-]+|(?<="rate":)[\d.e-]+')
_REQUEST_ID = re.compile("[0-9a-f]{24}")
_UNCOMPARED_HEADERS = {"X-Request-Id", "Date", "Expires", "Content-Length"}
# Django's own times, of sessions: they are of the day on which the test runs, and no other time is.
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d:\d\d(?:\.\d+)?")


def _may_match(pattern: str, text: str) -> bool:
    """Whether a text that must stand before a match is there at all, which is quick to find."""
    before = _list_befores(pattern)
    return not before or any(each in text for each in before)


@lru_cache(maxsize=256)
def _list_befores(pattern: str) -> tuple[str, ...]:
    """The literal look-behinds of all alternatives; none where one has anything else."""
    found = [re.match(r"\(\?<=([^()\[\]\\|.?*+]+)\)", each) for each in pattern.split("|")]
    return tuple(each[1] for each in found if each) if all(found) else ()


def _list_days() -> set[str]:
    now = datetime.now(UTC)
    return {(now + timedelta(days=days)).date().isoformat() for days in (-1, 0, 1)}


@dataclass(slots=True)
class Normaliser:
    """One per world: remembers in which order it has met rows and random texts."""

    request_ids: set[str] = field(default_factory=set)
    _met: dict[str, dict[str, str]] = field(default_factory=dict)
    _days: set[str] = field(default_factory=_list_days)

    def normalise(self, address: str, response: Any) -> list[str]:
        """Status, headers and body, as lines that can be compared. The length is that of the body."""
        body = response.getvalue()
        length = response.headers.get("Content-Length")
        assert length is None or int(length) == len(body) or response.status_code == 304
        self.request_ids.add(response.headers["X-Request-Id"])
        headers = sorted(
            f"{name}: {value}" for name, value in response.headers.items() if name not in _UNCOMPARED_HEADERS
        )
        cookies = sorted(f"cookie: {name}" for name in response.cookies)
        head = [str(response.status_code), *headers, *cookies]
        return self._replace("\n".join([*head, body.decode()]), address).split("\n")

    def _replace(self, text: str, address: str) -> str:
        text = _REQUEST_ID.sub(lambda found: "‹request›" if found[0] in self.request_ids else found[0], text)
        for kind, pattern in (*_NUMBERS, *_RANDOM, *_name_ids(address)):
            if not _may_match(pattern, text):
                continue
            text = re.sub(pattern, lambda found, kind=kind: self._name(kind, found[0]), text)  # type: ignore[misc]
        text = _TIME.sub(lambda found: "‹today›" if found[1] in self._days else found[0], text)
        return _DURATIONS.sub("‹duration›", text)

    def _name(self, kind: str, text: str) -> str:
        if text.startswith("‹"):
            return text
        if kind in _UNNUMBERED:
            return f"‹{kind}›"
        met = self._met.setdefault(kind, {})
        return met.setdefault(text.strip(), f"‹{kind} {len(met) + 1}›")


def _name_ids(address: str) -> Iterable[tuple[str, str]]:
    path = re.sub("«[^»]+»", "0", address.partition("?")[0])
    words = [word for word in re.split(r"[/.]", path) if word and not word.isdecimal()]
    words = [word for word in words if word not in {"json", "csv"}]
    kind = _RESOURCES.get(words[-1]) if words else None
    if kind is not None:
        yield kind, r'(?<="id":)\d+|(?<="id": )\d+|(?<="version": )\d+'
        yield kind, r"(?m)^\d+(?=,)"
