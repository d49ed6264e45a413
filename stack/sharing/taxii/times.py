"""Times as TAXII writes them (section 3.3, RFC 3339). All are microseconds since the epoch, UTC."""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from stack.stix.timestamps import TimestampError, format_instant, parse_instant

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - without an offset in its text
_LATEST: Final = 253_402_300_799_999_999
_EARLIEST: Final = -62_135_596_800_000_000
_RFC_3339: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}):([0-9]{2})(\.[0-9]+)?"
    # In an address a plus sign that was not encoded arrives as a space.
    r"(?:[Zz]|([+ -])([01][0-9]|2[0-3]):([0-5][0-9]))"
)
_MINUTE_US: Final = 60_000_000


def read_time(text: str) -> int:
    """An instant in any spelling of RFC 3339. Digits beyond microseconds are cut off; leap seconds and
    offsets count. Raises `TimestampError`."""
    match = _RFC_3339.fullmatch(text.strip())
    if match is None:
        raise TimestampError(
            f"expected an RFC 3339 timestamp such as 2026-01-31T08:15:30.123456Z, got {text[:64]!r}"
        )
    day, clock, seconds, fraction, sign, hours, minutes = match.groups()
    is_leap = seconds == "60"
    plain = parse_instant(f"{day}T{clock}:{'59' if is_leap else seconds}{fraction or ''}Z")
    offset = (int(hours) * 60 + int(minutes)) * _MINUTE_US if sign else 0
    instant = plain + (1_000_000 if is_leap else 0) + (offset if sign == "-" else -offset)
    if is_leap and (instant // 1_000_000) % 86_400:
        raise TimestampError(f"{text[:64]!r} has a leap second that is not the last second of a day in UTC")
    return instant


def write_date(us: int) -> str:
    """When something was added: always with six digits, so that nothing is lost by going on from it."""
    return f"{_write_second(us // 1_000_000)}.{us % 1_000_000:06d}Z"


def write_version(us: int) -> str:
    """A version as objects spell theirs: milliseconds, or microseconds where it has them."""
    if not _EARLIEST <= us <= _LATEST:
        return format_instant(us)
    fraction = us % 1_000_000
    digits = f"{fraction:06d}" if us % 1000 else f"{fraction // 1000:03d}"
    return f"{_write_second(us // 1_000_000)}.{digits}Z"


@lru_cache(maxsize=8_192)
def _write_second(second: int) -> str:
    """Kept, for what came together has many dates in one second."""
    return (_EPOCH + timedelta(seconds=second)).isoformat()
