"""A provider that logs in first: its credential goes into one body, and the token into headers alone."""

import zlib
from typing import Any, ClassVar

import orjson
import pytest

from stack.accounts.principal import Principal
from stack.analysis.asking.models import Call
from stack.analysis.asking.operations import save_account
from stack.analysis.asking.queries import plan_asking
from stack.analysis.asking.records import Asked as WasAsked
from stack.analysis.asking.records import Outcome
from stack.analysis.asking.running import ask_provider
from stack.analysis.providers.spamhaus import Provider
from stack.analysis.registry import list_provider_plugins
from stack.analysis.subjects import Subject
from stack.core.plugin_options import Option
from tests.http_servers import Answer as HttpAnswer
from tests.http_servers import Asked
from tests.integration.analysis.asking.conftest import Service

pytestmark = pytest.mark.django_db(databases="__all__")
TOKEN = "token.of-a-day.4711"
SECRETS = {"username": "ada@analysts.example", "password": "correct-horse-battery"}


class Local(Provider):
    """Spamhaus at another address."""

    options: ClassVar[tuple[Option, ...]] = (Option("url", "Address", is_needed=True),)


@pytest.fixture
def spamhaus(principal: Principal, service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setitem(list_provider_plugins(), Provider.name, Local)
    save_account(principal, Provider.name, credentials=SECRETS, options={"url": service.base})
    service.before = answer
    return service


def answer(asked: Asked) -> HttpAnswer | None:
    if asked.path == "/api/v1/login":
        is_good = orjson.loads(asked.body) == {"realm": "intel", **SECRETS}
        said: dict[str, Any] = {"code": 200, "token": TOKEN} if is_good else {"code": 401}
        return HttpAnswer(200 if is_good else 401, orjson.dumps(said), {})
    if asked.headers.get("authorization") != f"Bearer {TOKEN}":
        return HttpAnswer(401, b"{}", {})
    listed = {"ipaddress": asked.path.rpartition("/")[2], "dataset": "XBL", "heuristic": TOKEN}
    return HttpAnswer(200, orjson.dumps({"results": [listed]}), {})


def ask(principal: Principal, address: str) -> WasAsked:
    subject = Subject("ipv4", address)
    [planned] = plan_asking(principal, subject, names=[Provider.name])
    return ask_provider(principal, planned, subject)


def test_one_login_serves_several_askings_and_is_not_kept(principal: Principal, spamhaus: Service) -> None:
    found = [ask(principal, address) for address in ("192.0.2.7", "192.0.2.8")]
    assert [each.outcome for each in found] == [Outcome.FOUND, Outcome.FOUND]
    assert [each.path for each in spamhaus.asked] == [
        "/api/v1/login",
        "/api/intel/v1/byobject/cidr/ALL/listed/live/192.0.2.7",
        "/api/intel/v1/byobject/cidr/ALL/listed/live/192.0.2.8",
    ]
    assert Call.objects.count() == 2, "logins are no calls to keep"
    kept = [read_kept(call) for call in Call.objects.all()]
    for secret in (TOKEN, *SECRETS.values()):
        assert not any(secret in text for text in kept)
        assert not any(secret in str(each) for each in found)


def read_kept(call: Call) -> str:
    body = zlib.decompress(call.body)
    return f"{call.headers} {body.decode('utf-8', 'replace')}"


def test_an_account_that_is_not_let_in_is_told_so(principal: Principal, spamhaus: Service) -> None:
    save_account(
        principal,
        Provider.name,
        credentials=SECRETS | {"password": "not-the-right-one"},
        options={"url": spamhaus.base},
    )
    was = ask(principal, "192.0.2.7")
    assert was.outcome is Outcome.UNAUTHORISED
    assert "check the account" in was.message
    assert len(spamhaus.asked) == 1


def test_a_preview_shows_the_login_without_secrets(principal: Principal, spamhaus: Service) -> None:
    [planned] = plan_asking(principal, Subject("ipv4", "192.0.2.7"), names=[Provider.name])
    [sent] = planned.sends
    assert sent.url.endswith("/api/v1/login")
    assert "<Password of the account>" in sent.body
    assert SECRETS["password"] not in str(sent)
