"""What the store holds of names above and beside a name."""

from typing import Final

from stack.analysis.answers import MODEST
from stack.analysis.base import Known, KnownObject, Tools
from stack.analysis.names.findings import Findings
from stack.analysis.names.parts import NameParts
from stack.stix.observables.kinds import Kind

_BESIDE: Final = ("www", "mail", "login", "api", "cdn", "update")
_MOST_PARENTS: Final = 4
_HALF_LIFE_DAYS: Final = 180.0


def note_relatives(parts: NameParts, tools: Tools, findings: Findings, *, is_popular: bool) -> None:
    """Names above it within what somebody registered, and usual names below that."""
    if not parts.registered:
        return
    above = _list_parents(parts)
    beside = [f"{name}.{parts.registered}" for name in _BESIDE]
    wanted = [name for name in dict.fromkeys((*above, *beside)) if name != parts.host]
    for known in tools.look_up(wanted):
        bad = [each for each in known.objects if each.type == "indicator" and not each.is_revoked]
        if bad:
            is_above = known.value in above
            _note_relative(parts, known, bad, findings, is_above=is_above, factor=0.0 if is_popular else 1.0)


def _list_parents(parts: NameParts) -> list[str]:
    """From the registered name down; the name itself is left out."""
    below = parts.below.split(".") if parts.below else []
    names = [parts.registered]
    for label in reversed(below):
        names.append(f"{label}.{names[-1]}")
    return [name for name in names if name != parts.host][:_MOST_PARENTS]


def _note_relative(
    parts: NameParts,
    known: Known,
    bad: list[KnownObject],
    findings: Findings,
    *,
    is_above: bool,
    factor: float,
) -> None:
    sources = sorted({source.name for each in bad for source in each.sources})
    said = f" of {', '.join(sources[:3])}" if sources else ""
    count = "An indicator" if len(bad) == 1 else f"{len(bad)} indicators"
    names = "names" if len(bad) == 1 else "name"
    place = "above" if is_above else "beside"
    newest = max((each.modified for each in bad if each.modified is not None), default=None)
    findings.note(
        f"known-{place}",
        f"{count} of the store{said} {names} {known.value}, which is {place} {parts.host}.",
        weight=(1.5 if is_above else MODEST) * factor,
        group="relatives",
        seen_at=newest,
        half_life_days=_HALF_LIFE_DAYS if newest is not None else 0.0,
        is_private=True,
    )
    findings.pivot(Kind.DOMAIN, known.value, "related-to")
