"""Several workers ask at once: one call for the same question, and no more calls than the limits allow."""

import time

import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.analysis.asking.queries import plan_asking
from stack.analysis.asking.records import Asked as WasAsked
from stack.analysis.asking.records import Outcome
from stack.analysis.asking.running import ask_provider
from stack.analysis.base import Rate
from stack.analysis.subjects import Subject
from tests.http_servers import Asked
from tests.integration.analysis.asking.conftest import ADDRESS, Service, set_up
from tests.integration.store.together import together
from tests.people import make_principal

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(databases="__all__", transaction=True),
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
]


@pytest.fixture
def principal(database: str) -> Principal:
    return make_principal("ada", Organisation.objects.create(name="Analysts"), role=Role.PLATFORM_ADMIN)


def ask_at_once(principal: Principal, subjects: list[Subject]) -> list[WasAsked]:
    found: list[WasAsked] = []

    def ask(subject: Subject) -> None:
        [planned] = plan_asking(principal, subject, names=["tested"])
        found.append(ask_provider(principal, planned, subject))

    with together() as group:
        for each in subjects:
            group.start(lambda each=each: ask(each))  # type: ignore[misc]
    return found


def test_two_who_ask_the_same_share_one_call(principal: Principal, service: Service) -> None:
    set_up(principal, service)

    def be_slow(asked: Asked) -> None:
        time.sleep(0.3)

    service.before = be_slow
    found = ask_at_once(principal, [ADDRESS] * 4)
    assert [each.outcome for each in found] == [Outcome.FOUND] * 4
    assert sorted(each.is_kept for each in found) == [False, True, True, True]
    assert len(service.asked) == 1


def test_of_twenty_at_the_edge_as_many_pass_as_may(principal: Principal, service: Service) -> None:
    set_up(principal, service, rates=[Rate(7, 60)])
    found = ask_at_once(principal, [Subject("ipv4", f"192.0.2.{number}") for number in range(20)])
    assert sorted(each.outcome for each in found) == ["found"] * 7 + ["limited"] * 13
    assert len(service.asked) == 7
