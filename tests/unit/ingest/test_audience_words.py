"""The sentence says exactly who may see it: one of these is read before something is shared."""

import pytest

from stack.ingest.audience_words import describe_access, is_shared
from stack.stix.markings import TLP_20_IDS
from stack.store.records import AccessRow, MarkingRow

_EMBARGO = 1_801_386_000_000_000  # 2027-01-31 09:00 UTC


def _access(
    *,
    tlp: str = "",
    statements: tuple[str, ...] = (),
    everyone: bool = False,
    organisations: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
    embargo_until: int | None = None,
    is_own: bool = True,
) -> AccessRow:
    markings = [MarkingRow(TLP_20_IDS[tlp], f"TLP:{tlp.upper()}", "tlp", tlp)] if tlp else []
    markings += [MarkingRow(f"marking-definition--{name}", name, "statement", "") for name in statements]
    return AccessRow(
        owner="Analysts",
        is_own=is_own,
        markings=markings,
        everyone=everyone,
        organisations=list(organisations),
        groups=list(groups),
        embargo_until=embargo_until,
        handling=None,
    )


@pytest.mark.parametrize(
    ("access", "said"),
    [
        (_access(), "Only Analysts sees this."),
        (_access(tlp="amber"), "Only Analysts sees this: people cleared for TLP:AMBER."),
        (_access(everyone=True), "Everyone on this Stack sees this."),
        (_access(organisations=("North",)), "Analysts and North see this."),
        (
            _access(organisations=("North", "South"), groups=("Energy",), tlp="green"),
            "Analysts, North, South and the organisations of Energy see this: people cleared for TLP:GREEN.",
        ),
        (
            _access(organisations=("North",), embargo_until=_EMBARGO),
            "Until 2027-01-31 09:00 UTC only Analysts sees this; from then on North does too.",
        ),
        (
            _access(groups=("Energy",), embargo_until=_EMBARGO),
            "Until 2027-01-31 09:00 UTC only Analysts sees this; "
            "from then on the organisations of Energy do too.",
        ),
        (
            _access(embargo_until=_EMBARGO),
            "Only Analysts sees this. The embargo changes nothing: nobody else is to see it afterwards.",
        ),
        (
            _access(statements=("For members",)),
            "Only Analysts sees this. It is also marked “For members”.",
        ),
        (
            _access(everyone=True, tlp="red"),
            "Everyone on this Stack sees this: people cleared for TLP:RED. "
            "TLP:RED is meant for named people: share it only as its author allows.",
        ),
        (_access(is_own=False), "Analysts shares this with your organisation."),
        (_access(is_own=False, everyone=True), "Analysts shares this with everyone on this Stack."),
    ],
)
def test_the_sentence(access: AccessRow, said: str) -> None:
    assert describe_access(access) == said


def test_where_the_markings_come_from_is_said_only_where_none_was_chosen() -> None:
    assert describe_access(_access(), unmarked="as it came") == "Only Analysts sees this, as it came."
    assert "as it came" not in describe_access(_access(tlp="red"), unmarked="as it came")


def test_shared_is_what_anybody_else_may_see() -> None:
    assert not is_shared(_access(tlp="clear"))
    assert is_shared(_access(groups=("Energy",), embargo_until=_EMBARGO))
