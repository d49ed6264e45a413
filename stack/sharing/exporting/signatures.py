"""What rules of network sensors have in common: their numbers, and text that cannot end a rule."""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from stack.sharing.exporting.losses import Losses
from stack.sharing.exporting.rows import Row

# Above those that vendors and communities hand out, and no more than a signed number of 32 bits.
_FIRST_SID: Final = 1_000_000_000
_SIDS: Final = 1_147_483_647
_STIX_ID: Final = re.compile(r"indicator--[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_PLAIN: Final = re.compile(rb"[A-Za-z0-9/._~?=&%+,@!$*()'<>\[\]^`{}#-]+")
_REPLACED: Final = str.maketrans({'"': "'", ";": ",", "\\": "/", "|": "/", "#": "no. "})
_LONGEST_MESSAGE: Final = 120
# Bytes of one `content`, which older sensors hold in a byte.
_LONGEST_CONTENT: Final = 250
_URL: Final = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>[a-z0-9_.-]+)(?P<path>/.*)", re.DOTALL)


class SidNumbers:
    """A number of each rule that is the same in every run: of what the rule matches, not of its place."""

    def __init__(self) -> None:
        self._taken: set[int] = set()

    def choose(self, *what: str) -> int:
        """The number of the rule for this; where two fall together, the later one gets its next best."""
        for attempt in range(1_000):
            text = "\0".join((*what, str(attempt) if attempt else ""))
            digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            number = _FIRST_SID + int.from_bytes(digest) % _SIDS
            if number not in self._taken:
                self._taken.add(number)
                return number
        raise RuntimeError("no number is left for a rule")


def write_message(row: Row) -> str:
    """What an alert says: the value and what the indicator is called, in printable ASCII without quotes."""
    text = f"Stack {row.value} {row.get_text('name') if row.get_text('name') != row.value else ''}"
    kept = "".join(char if " " <= char <= "~" else "?" for char in text.translate(_REPLACED))
    return " ".join(kept.split())[:_LONGEST_MESSAGE].rstrip()


def list_metadata(row: Row) -> Mapping[str, str]:
    """Where the rule comes from, as far as it can be told without quoting."""
    found: dict[str, str] = {}
    stix_id = row.get_text("id")
    if _STIX_ID.fullmatch(stix_id):
        found["stix_id"] = stix_id
    if row.confidence is not None:
        found["confidence_level"] = str(row.confidence)
    return found


def escape_content(data: bytes) -> str:
    """Bytes as the text of a `content`: what means something to the language stands in hexadecimal."""
    parts, place = [], 0
    for match in _PLAIN.finditer(data):
        if match.start() > place:
            parts.append(_write_hex(data[place : match.start()]))
        parts.append(match[0].decode("ascii"))
        place = match.end()
    if place < len(data):
        parts.append(_write_hex(data[place:]))
    return "".join(parts)


def _write_hex(data: bytes) -> str:
    return f"|{data.hex(' ')}|"


def read_request(value: str, losses: Losses) -> tuple[bytes, bytes] | None:
    """Host and path, with its query, of the HTTP request by which a URL is asked for; None, and a loss, where
    a sensor could not see it."""
    match = _URL.fullmatch(value)
    if match is None or "#" in match["path"]:
        losses.note("indicator", "pattern", "a URL with a port, an address for a host or a fragment")
        return None
    if match["scheme"] != "http":
        losses.note(
            "indicator", "pattern", f"the path of a URL of {match['scheme']}, which a sensor cannot see"
        )
        return None
    path = match["path"].encode("utf-8", "replace")
    if len(path) > _LONGEST_CONTENT:
        losses.note("indicator", "pattern", f"a path of more than {_LONGEST_CONTENT} bytes")
        return None
    return match["host"].encode(), path
