"""Who may see something, in one or two sentences of plain words. Pure."""

from stack.stix.markings import TlpLevel, tlp_level_of
from stack.stix.timestamps import format_instant
from stack.store.records import AccessRow


def describe_access(access: AccessRow, *, unmarked: str = "") -> str:
    """`Only Analysts sees this: people cleared for TLP:AMBER.` and what else is worth saying.

    `unmarked` says where the markings come from when none was chosen, such as `marked as the file says`.
    """
    level = tlp_level_of(row.id for row in access.markings)
    clearance = f": people cleared for TLP:{level.label.upper()}" if level is not None else ""
    if not access.markings and unmarked:
        clearance = f", {unmarked}"
    if not access.is_own:
        return f"{_describe_received(access)}{clearance}."
    sentences = [f"{_describe_readers(access)}{clearance}.", *_describe_rest(access, level)]
    return " ".join(sentences)


def is_shared(access: AccessRow) -> bool:
    """Whether anybody beside the owner may see it, now or once the embargo is over."""
    return bool(access.everyone or access.organisations or access.groups)


def format_minute(at: int) -> str:
    """`2027-01-31 09:00 UTC`."""
    return f"{format_instant(at)[:16].replace('T', ' ')} UTC"


def _describe_received(access: AccessRow) -> str:
    """With whom else the owner shares it is theirs to know."""
    owner = access.owner or "Another organisation"
    if access.everyone:
        return f"{owner} shares this with everyone on this Stack"
    return f"{owner} shares this with your organisation"


def _describe_readers(access: AccessRow) -> str:
    owner = access.owner or "its organisation"
    if not is_shared(access):
        return f"Only {owner} sees this"
    if access.embargo_until is not None:
        readers = _name_readers(access, owner="")
        verb = "does" if _is_one(access) else "do"
        until = format_minute(access.embargo_until)
        return f"Until {until} only {owner} sees this; from then on {readers} {verb} too"
    if access.everyone:
        return "Everyone on this Stack sees this"
    return f"{_name_readers(access, owner=owner)} see this"


def _name_readers(access: AccessRow, *, owner: str) -> str:
    if access.everyone:
        return "everyone on this Stack"
    names = [owner] if owner else []
    names += access.organisations
    names += [f"the organisations of {name}" for name in access.groups]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _is_one(access: AccessRow) -> bool:
    return access.everyone or (len(access.organisations) == 1 and not access.groups)


def _describe_rest(access: AccessRow, level: TlpLevel | None) -> list[str]:
    sentences = []
    names = [f"“{row.name or row.id}”" for row in access.markings if tlp_level_of((row.id,)) is None]
    if names:
        sentences.append(f"It is also marked {', '.join(names)}.")
    if access.embargo_until is not None and not is_shared(access):
        sentences.append("The embargo changes nothing: nobody else is to see it afterwards.")
    if is_shared(access) and level is not None and level >= TlpLevel.AMBER_STRICT:
        meant = "named people" if level is TlpLevel.RED else "one organisation"
        sentences.append(
            f"TLP:{level.label.upper()} is meant for {meant}: share it only as its author allows."
        )
    return sentences
