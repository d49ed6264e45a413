"""How numbers and times are written on a page. Pure; times are microseconds since the epoch, UTC."""

from stack.stix.timestamps import format_instant

_SECOND = 1_000_000
_STEPS = (
    (60, 1, "s", "s"),
    (3600, 60, "min", "min"),
    (86_400, 3600, "h", "h"),
    (30 * 86_400, 86_400, "day", "days"),
    (365 * 86_400, 30 * 86_400, "month", "months"),
)
_YEAR = 365 * 86_400
_SIZES = ("KB", "MB", "GB", "TB")


def group_digits(number: int) -> str:
    """5112 -> `5,112`."""
    return f"{number:,}"


def count_things(number: int, one: str, many: str = "") -> str:
    """(5112, "object") -> `5,112 objects`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def describe_age(at: int, *, now: int) -> str:
    """How long ago, in one unit: `4 min ago`, `in 3 days`, `just now` within ten seconds."""
    seconds = abs(now - at) // _SECOND
    if seconds < 10:
        return "just now"
    amount = _in_one_unit(seconds)
    return f"{amount} ago" if at <= now else f"in {amount}"


def _in_one_unit(seconds: int) -> str:
    for limit, size, one, many in _STEPS:
        if seconds < limit:
            amount = seconds // size
            return f"{amount} {one if amount == 1 else many}"
    years = seconds // _YEAR
    return f"{years} year{'' if years == 1 else 's'}"


def describe_duration(seconds: float) -> str:
    """A span of work: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def describe_size(size: int) -> str:
    """Bytes in the decimal unit that keeps one to three digits: `512 bytes`, `34.2 MB`."""
    if size < 1000:
        return f"{size} bytes"
    power = next((at for at in range(1, len(_SIZES)) if size < 999.5 * 1000**at), len(_SIZES))
    value = size / 1000**power
    return f"{value:.{1 if value < 99.95 else 0}f} {_SIZES[power - 1]}"


def instant_utc(at: int) -> str:
    """The exact time as people read it: `2026-11-23 04:00:05 UTC`."""
    return f"{format_instant(at)[:19].replace('T', ' ')} UTC"
