"""Rules start analyses of what comes in, as whoever made them would."""

from collections.abc import Callable

import pytest

from stack.accounts.models import Organisation, User
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.analysis.models import Analysis
from stack.analysis.operations import Wish, start_analysis
from stack.analysis.records import AnalysisDetail, AnalysisRow
from stack.analysis.rules.following import take_changes
from stack.analysis.rules.operations import change_rule, create_rule, delete_rule
from stack.analysis.rules.queries import get_rule, list_rules
from stack.core.errors import BadInput, Conflict, NotAllowed, NotFound
from stack.search.indexer import ensure_fresh
from tests.integration.analysis.test_lifecycle import RED, bundle, indicator
from tests.people import make_principal

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

TakeIn = Callable[[bytes], None]
Run = Callable[[AnalysisRow], AnalysisDetail]


def values() -> list[str]:
    return list(Analysis.objects.order_by("value").values_list("value", flat=True))


def test_what_comes_in_and_fits_is_analysed_once(principal: Principal, take_in: TakeIn) -> None:
    take_in(bundle(indicator("203.0.113.1", number=1)))
    rule = create_rule(principal, name="Addresses", kinds=["ipv4"], plugins=["store"])
    assert take_changes() == 0  # what was there before is left alone
    take_in(bundle(indicator("203.0.113.2", number=2), indicator("203.0.113.3", number=3)))
    assert take_changes() == 2
    assert values() == ["203.0.113.2", "203.0.113.3"]
    assert take_changes() == 0
    take_in(bundle(indicator("203.0.113.2", number=4)))
    assert take_changes() == 0  # analysed a moment ago
    row = get_rule(principal, rule.id)
    assert row is not None
    assert (row.started, row.skipped, row.trouble) == (2, 0, "")
    assert set(Analysis.objects.values_list("trigger", "rule_id")) == {("rule", rule.id)}


def test_a_query_narrows_it_down(principal: Principal, take_in: TakeIn) -> None:
    create_rule(principal, name="Sure", kinds=["ipv4"], query="confidence:>=70", plugins=["store"])
    take_in(bundle(indicator("203.0.113.1"), indicator("203.0.113.2", number=2, confidence=90)))
    assert take_changes() == 0  # the index does not know them yet
    assert ensure_fresh()
    assert take_changes() == 1
    assert values() == ["203.0.113.2"]


def test_a_day_has_its_limit_and_what_is_beyond_is_counted(principal: Principal, take_in: TakeIn) -> None:
    rule = create_rule(principal, name="Few", kinds=["ipv4"], plugins=["store"], per_day=2)
    take_in(bundle(*(indicator(f"203.0.113.{n}", number=n) for n in range(1, 6))))
    assert take_changes() == 2
    row = get_rule(principal, rule.id)
    assert row is not None
    assert (row.started, row.skipped) == (2, 3)


def test_what_analyses_state_starts_no_further_ones(principal: Principal, run: Run) -> None:
    create_rule(principal, name="All", kinds=["domain", "url", "ipv4"], plugins=["store"])
    run(start_analysis(principal, value="https://shop.example/a", wish=Wish(may_ask=False)))
    assert take_changes() == 0


def test_a_rule_sees_what_its_maker_sees(principal: Principal, take_in: TakeIn) -> None:
    organisation = Organisation.objects.get(pk=principal.organisation_id)
    green = make_principal("gus", organisation, role=Role.CURATOR, tlp_ceiling=1)
    create_rule(green, name="Green", kinds=["ipv4"], plugins=["store"])
    take_in(bundle(indicator("203.0.113.1", marking=RED), indicator("203.0.113.2", number=2)))
    assert take_changes() == 1
    assert values() == ["203.0.113.2"]


def test_a_rule_whose_maker_left_says_so_and_another_takes_it_over(
    principal: Principal, take_in: TakeIn
) -> None:
    organisation = Organisation.objects.get(pk=principal.organisation_id)
    gone = make_principal("gus", organisation, role=Role.CURATOR)
    rule = create_rule(gone, name="Orphan", kinds=["ipv4"], plugins=["store"])
    User.objects.filter(username="gus").update(is_active=False)
    take_in(bundle(indicator("203.0.113.1")))
    assert take_changes() == 0
    row = get_rule(principal, rule.id)
    assert row is not None
    assert "may no longer sign in" in row.trouble
    assert change_rule(principal, rule.id, per_day=5).trouble == ""
    take_in(bundle(indicator("203.0.113.2", number=2)))
    assert take_changes() == 1


def test_a_rule_that_is_off_misses_what_comes_meanwhile(principal: Principal, take_in: TakeIn) -> None:
    rule = create_rule(principal, name="Off", kinds=["ipv4"], plugins=["store"])
    change_rule(principal, rule.id, is_enabled=False)
    take_in(bundle(indicator("203.0.113.1")))
    assert take_changes() == 0
    change_rule(principal, rule.id, is_enabled=True)
    take_in(bundle(indicator("203.0.113.2", number=2)))
    take_changes()
    assert values() == ["203.0.113.2"]


def test_rules_are_made_by_curators_and_kept_apart(principal: Principal) -> None:
    rule = create_rule(principal, name="Mine", kinds=["ipv4"])
    with pytest.raises(Conflict):
        create_rule(principal, name="Mine", kinds=["ipv4"])
    stranger = make_principal("eve", Organisation.objects.create(name="Others"), role=Role.PLATFORM_ADMIN)
    assert not list_rules(stranger)
    with pytest.raises(NotFound):
        delete_rule(stranger, rule.id)
    organisation = Organisation.objects.get(pk=principal.organisation_id)
    with pytest.raises(NotAllowed):
        create_rule(make_principal("ann", organisation), name="Hers", kinds=["ipv4"])
    delete_rule(principal, rule.id)
    assert not list_rules(principal)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kinds": []}, "kinds"),
        ({"kinds": ["file"]}, "kinds"),
        ({"name": ""}, "name"),
        ({"per_day": 0}, "per_day"),
        ({"query": "nonsense:("}, ""),
        ({"plugins": ["nobody"]}, "plugins"),
    ],
)
def test_what_is_no_rule_is_said(principal: Principal, wrong: dict[str, object], field: str) -> None:
    wanted: dict[str, object] = {"name": "Rule", "kinds": ["ipv4"]} | wrong
    with pytest.raises(BadInput) as caught:
        create_rule(principal, **wanted)  # type: ignore[arg-type]
    assert field in str(caught.value)
