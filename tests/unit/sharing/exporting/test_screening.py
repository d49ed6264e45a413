from collections.abc import Iterable, Mapping

from stack.sharing.exporting.base import Item
from stack.sharing.exporting.losses import Losses
from stack.sharing.exporting.screening import Screen
from stack.stix.observables.kinds import Kind
from stack.stix.timestamps import parse_instant
from tests.exports import make_indicator

_NOW = parse_instant("2026-06-01T00:00:00Z")
_PATTERN = "[domain-name:value = 'bad.example']"


def _pass(screen: Screen, *items: Item) -> tuple[list[str], Losses]:
    losses = Losses()
    passed = [item.removed or str(item.properties["name"]) for item in screen.pass_items(iter(items), losses)]
    return passed, losses


def test_only_what_is_valid_now_passes_and_the_next_change_is_known() -> None:
    items = [
        make_indicator(_PATTERN, name="open"),
        make_indicator(_PATTERN, name="ended", valid_until="2026-06-01T00:00:00Z"),
        make_indicator(_PATTERN, name="ends", valid_until="2026-06-01T00:00:01Z"),
        make_indicator(_PATTERN, name="begins", valid_from="2026-06-01T00:00:00.5Z"),
        make_indicator(_PATTERN, name="revoked", revoked=True),
    ]
    screen = Screen(now=_NOW, only_valid=True)
    passed, losses = _pass(screen, *items)
    assert passed == ["open", "ends"]
    assert dict(losses.list_left_out()) == {"no longer valid": 1, "not valid yet": 1, "revoked": 1}
    assert screen.next_change_at == _NOW + 500_000


def test_a_screen_that_is_off_passes_everything_unread() -> None:
    losses = Losses()
    items = [Item(b"no JSON at all")]
    assert list(Screen(now=_NOW).pass_items(iter(items), losses)) == items
    assert losses.items == 1


def test_who_is_not_sure_enough_stays() -> None:
    items = [
        make_indicator(_PATTERN, name="sure", confidence=70),
        make_indicator(_PATTERN, name="unsure", confidence=69),
        make_indicator(_PATTERN, name="unsaid"),
    ]
    passed, losses = _pass(Screen(now=_NOW, minimum_confidence=70), *items)
    assert passed == ["sure"]
    assert sum(count for _, count in losses.list_left_out()) == 2


def test_in_a_delta_what_stays_comes_as_removed() -> None:
    item = make_indicator(_PATTERN, name="x", revoked=True)
    passed, _ = _pass(Screen(now=_NOW, only_valid=True, is_delta=True), item)
    assert passed == [item.properties["id"]]


def test_an_indicator_stays_only_when_all_its_values_are_known_to_be_good() -> None:
    def find(values: Iterable[tuple[Kind, str]]) -> Mapping[str, str]:
        return {value: "Top sites" for _, value in values if value == "good.example"}

    items = [
        make_indicator("[domain-name:value = 'good.example']", name="good"),
        make_indicator("[domain-name:value IN ('good.example', 'bad.example')]", name="mixed"),
        make_indicator("rule a { condition: true }", pattern_type="yara", name="rule"),
    ]
    passed, losses = _pass(Screen(now=_NOW, find_known_good=find), *items)
    assert passed == ["mixed", "rule"]
    assert losses.list_left_out() == [("known to be good by the list “Top sites”", 1)]
