"""What the store holds of names above and beside a name."""

from typing import Final

from stack.analysis.answers import MODEST
from stack.analysis.base import Known, Tools
from stack.analysis.names.findings import Findings
from stack.analysis.names.parts import NameParts

_MOST_PARENTS: Final = 4
_HALF_LIFE_DAYS: Final = 180.0


def note_relatives(parts: NameParts, tools: Tools, findings: Findings, *, is_popular: bool) -> None:
    """Names above it within what somebody registered, and all that are below that."""
    if not parts.registered:
        return
    factor = 0.0 if is_popular else 1.0
    above = _list_parents(parts)
    for known in tools.look_up(above) if above else ():
        _note_relative(parts, known, findings, place="above", weight=1.5 * factor)
    beside = tools.find_below(parts.registered, besides=parts.host)
    _note_relative(parts, beside, findings, place="beside", weight=MODEST * factor)


def _list_parents(parts: NameParts) -> list[str]:
    """From the registered name down; the name itself is left out."""
    below = parts.below.split(".") if parts.below else []
    names = [parts.registered]
    for label in reversed(below):
        names.append(f"{label}.{names[-1]}")
    return [name for name in names if name != parts.host][:_MOST_PARENTS]


def _note_relative(parts: NameParts, known: Known, findings: Findings, *, place: str, weight: float) -> None:
    """What names the subject itself is told elsewhere, by the engine of the store."""
    bad = [each for each in known.objects if each.type == "indicator" and not each.is_revoked]
    if not bad:
        return
    sources = sorted({source.name for each in bad for source in each.sources})
    said = f" of {', '.join(sources[:3])}" if sources else ""
    number = len(bad) + known.more
    count = "An indicator" if number == 1 else f"{number} indicators"
    names = "names" if number == 1 else "name"
    newest = max((each.modified for each in bad if each.modified is not None), default=None)
    what = (
        f"{known.value}, which is above {parts.host}"
        if place == "above"
        else f"hosts below {parts.registered}"
    )
    findings.note(
        f"known-{place}",
        f"{count} of the store{said} {names} {what}.",
        weight=weight,
        group="relatives",
        seen_at=newest,
        half_life_days=_HALF_LIFE_DAYS if newest is not None else 0.0,
        is_private=True,
    )
