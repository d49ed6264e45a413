import pytest

from stack.stix.markings import (
    TLP_10_IDS,
    TLP_20_IDS,
    TLP_DEFINITIONS,
    TlpLevel,
    all_markings,
    object_markings,
    parse_tlp,
    tlp_level_of,
    tlp_marking_id,
)
from stack.stix.validation.validate import validate_object

_STATEMENT = "marking-definition--2b0f1f0a-0d5a-4a53-9b56-5d4fae5ea1c1"


def test_levels_are_ordered_from_anywhere_to_nobody() -> None:
    assert [level.label for level in sorted(TlpLevel)] == ["clear", "green", "amber", "amber+strict", "red"]
    assert list(map(int, TlpLevel)) == [0, 1, 2, 3, 4]


def test_both_versions_of_the_protocol_give_a_level() -> None:
    assert tlp_level_of([TLP_10_IDS["white"]]) is TlpLevel.CLEAR
    assert tlp_level_of([TLP_10_IDS["red"]]) is TlpLevel.RED
    assert tlp_level_of([TLP_20_IDS["amber+strict"]]) is TlpLevel.AMBER_STRICT


def test_the_strictest_level_counts_whatever_the_order() -> None:
    ids = [TLP_20_IDS["green"], _STATEMENT, TLP_10_IDS["amber"], TLP_20_IDS["clear"]]
    assert tlp_level_of(ids) is TlpLevel.AMBER
    assert tlp_level_of(reversed(ids)) is TlpLevel.AMBER


def test_without_a_tlp_marking_there_is_no_level() -> None:
    assert tlp_level_of([]) is None
    assert tlp_level_of([_STATEMENT]) is None


@pytest.mark.parametrize("marking_id", TLP_DEFINITIONS)
def test_the_definitions_are_clean_and_known_by_their_ids(marking_id: str) -> None:
    definition = TLP_DEFINITIONS[marking_id]
    assert validate_object(definition) == ()
    level = tlp_level_of([marking_id])
    assert level is parse_tlp(definition["name"])


@pytest.mark.parametrize("level", TlpLevel)
def test_labels_read_back(level: TlpLevel) -> None:
    assert parse_tlp(f" TLP:{level.label.upper()} ") is level
    assert tlp_level_of([tlp_marking_id(level)]) is level


def test_an_unknown_label_is_refused_with_the_choice() -> None:
    with pytest.raises(ValueError, match="use one of clear, green"):
        parse_tlp("TLP:PURPLE")


def test_markings_come_once_those_of_parts_last() -> None:
    obj = {
        "object_marking_refs": ["m1", "m2", "m1"],
        "granular_markings": [{"marking_ref": "m3"}, {"lang": "de"}, {"marking_ref": "m2"}, 7],
    }
    assert object_markings(obj) == ("m1", "m2")
    assert all_markings(obj) == ("m1", "m2", "m3")
    assert object_markings({"object_marking_refs": "m1"}) == ()
