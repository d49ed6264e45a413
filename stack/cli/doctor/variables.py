"""Variables that are set and mean nothing, and settings that are weak in production."""

from collections.abc import Iterator

from stack.cli.doctor.base import Finding, State
from stack.cli.variables import find_unknown


def diagnose() -> Iterator[Finding]:
    from django.conf import settings

    unknown = list(find_unknown())
    for each in unknown:
        remedy = f"Set {each.meant} instead, or unset it." if each.meant else "Unset it."
        yield Finding("settings", State.WARNING, f"{each}: nothing reads it", remedy)
    if not unknown:
        yield Finding("settings", State.OK, "every STACK_ variable is one that Stack reads")
    if settings.PRODUCTION:
        yield from diagnose_production()


def diagnose_production() -> Iterator[Finding]:
    from stack.cli.weaknesses import find_weaknesses

    found = list(find_weaknesses())
    for weakness in found:
        yield Finding("production", State.WARNING, weakness.detail, weakness.remedy)
    if not found:
        yield Finding("production", State.OK, "nothing weak was found")
