"""Accounts: who may set them up and use them, and where their credentials are."""

import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.analysis.asking.models import ProviderAccount
from stack.analysis.asking.operations import delete_account, save_account
from stack.analysis.asking.operations import test_account as try_account
from stack.analysis.asking.queries import get_provider, list_accounts, list_providers, plan_asking
from stack.analysis.asking.records import Outcome
from stack.analysis.base import Rate
from stack.audit.models import AuditEntry
from stack.core.errors import BadInput, NotAllowed, NotFound
from tests.integration.analysis.asking.conftest import ADDRESS, KEY, Service, ask, set_up
from tests.people import make_principal

pytestmark = pytest.mark.django_db(databases="__all__")


def list_tested(principal: Principal) -> list[tuple[bool, str]]:
    return [(row.is_personal, row.state) for row in list_accounts(principal) if row.provider == "tested"]


def test_an_account_is_made_changed_and_forgotten(principal: Principal, service: Service) -> None:
    set_up(principal, service, rates=[Rate(2, 60)], tlp=0)
    row = get_provider(principal, "tested").accounts[0]
    assert (row.state, row.credentials, row.tlp) == ("ready", ("key",), 0)
    assert row.rates == (Rate(2, 60),)
    assert KEY not in ProviderAccount.objects.get().credentials
    again = save_account(principal, "tested", options={"url": service.base}, is_enabled=False)
    assert (again.id, again.credentials, again.state, again.tlp) == (row.id, ("key",), "off", 1)
    delete_account(principal, "tested")
    assert list_tested(principal) == []
    with pytest.raises(NotFound):
        delete_account(principal, "tested")


def test_another_address_needs_its_credentials_anew(principal: Principal, service: Service) -> None:
    set_up(principal, service)
    elsewhere = {"url": "https://elsewhere.example"}
    with pytest.raises(BadInput, match=r"credentials\.key"):
        save_account(principal, "tested", options=elsewhere)
    row = save_account(principal, "tested", options=elsewhere, is_enabled=False)
    assert row.credentials == ()


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"credentials": {"pin": "1"}}, r"credentials\.pin"),
        ({"credentials": {"key": "two\nlines"}}, r"credentials\.key"),
        ({"options": {"url": "ftp://x.example"}}, r"options\.url"),
        ({"options": {"url": "https://user:word@x.example"}}, r"options\.url"),
        ({"options": {}}, r"options\.url"),
        ({"tlp": 3}, "tlp"),
        ({"rates": [Rate(0, 60)]}, "rates"),
        ({"name": "second"}, "name"),
    ],
)
def test_what_cannot_be_is_refused_by_name(principal: Principal, said: dict[str, object], named: str) -> None:
    whole = {"credentials": {"key": KEY}, "options": {"url": "https://x.example"}} | said
    with pytest.raises(BadInput, match=named):
        save_account(principal, "tested", **whole)  # type: ignore[arg-type]
    assert list_tested(principal) == []


def test_only_those_who_manage_sources_set_up_the_organisations(
    principal: Principal, service: Service
) -> None:
    organisation = Organisation.objects.get(name="Analysts")
    analyst = make_principal("bea", organisation, role=Role.ANALYST)
    reader = make_principal("cyd", organisation, role=Role.READER)
    with pytest.raises(NotAllowed):
        set_up(analyst, service)
    with pytest.raises(NotAllowed):
        list_providers(reader)
    with pytest.raises(NotAllowed):
        set_up(reader, service, is_personal=True)
    set_up(analyst, service, is_personal=True, credentials={"key": "bea's own key"})
    assert list_tested(principal) == []
    set_up(principal, service)
    assert list_tested(analyst) == [(True, "ready"), (False, "ready")]
    assert list_tested(principal) == [(False, "ready")]


def test_ones_own_account_comes_first(principal: Principal, service: Service) -> None:
    analyst = make_principal("bea", Organisation.objects.get(name="Analysts"))
    set_up(principal, service)
    set_up(analyst, service, is_personal=True, credentials={"key": "bea's own key"})
    ask(analyst)
    ask(principal)
    assert [each.headers["x-key"] for each in service.asked] == ["bea's own key", KEY]
    set_up(analyst, service, is_personal=True, is_enabled=False)
    asked = ask(analyst)
    assert asked.is_kept, "the organisation's account answers, and what was kept for it"


def test_an_organisation_sees_nothing_of_anothers(principal: Principal, service: Service) -> None:
    set_up(principal, service)
    other = make_principal("eve", Organisation.objects.create(name="Others"), role=Role.PLATFORM_ADMIN)
    assert list_tested(other) == []
    [planned] = plan_asking(principal, ADDRESS, names=["tested"])
    [theirs] = plan_asking(other, ADDRESS, names=["tested"])
    assert theirs.why_not == "no-account"
    from stack.analysis.asking.running import ask_provider

    assert ask_provider(other, planned, ADDRESS).outcome is Outcome.REFUSED
    assert service.asked == []
    with pytest.raises(NotFound):
        delete_account(other, "tested")


def test_a_test_tells_whether_the_credential_is_good(principal: Principal, service: Service) -> None:
    set_up(principal, service)
    good = try_account(principal, "tested")
    assert (good.is_good, good.message) == (True, "score 25")
    service.status, service.body = 403, b"<h1>No</h1>"
    bad = try_account(principal, "tested")
    assert (bad.is_good, bad.outcome) == (False, Outcome.UNAUTHORISED)
    assert "check the account: “No”" in bad.message
    assert list_tested(principal) == [(False, "unauthorised")]


def test_what_is_done_with_accounts_is_recorded_without_their_secrets(
    principal: Principal, service: Service
) -> None:
    set_up(principal, service)
    try_account(principal, "tested")
    delete_account(principal, "tested")
    entries = list(AuditEntry.objects.filter(object_kind="provider-account").order_by("sequence").values())
    assert [entry["name"] for entry in entries] == ["provider.set", "provider.test", "provider.remove"]
    assert KEY not in repr(entries)


@pytest.mark.usefixtures("service")
def test_all_providers_are_listed_with_their_terms(principal: Principal) -> None:
    rows = list_providers(principal)
    assert "tested" in [row.name for row in rows]
    assert [row.title.casefold() for row in rows] == sorted(row.title.casefold() for row in rows)


def test_what_a_service_says_to_one_tells_others_nothing(principal: Principal, service: Service) -> None:
    """Who shares a credential shares its gate, and not what was asked."""
    set_up(principal, service)
    other = make_principal("eve", Organisation.objects.create(name="Others"), role=Role.PLATFORM_ADMIN)
    set_up(other, service)
    service.status, service.body = 503, b"cannot find 192.0.2.7 at the moment"
    service.headers = {"Retry-After": "60"}
    assert "192.0.2.7" in ask(principal).message
    theirs = ask(other)
    assert theirs.outcome is Outcome.LIMITED
    assert "192.0.2.7" not in theirs.message
    assert "192.0.2.7" not in repr(list_accounts(other))
