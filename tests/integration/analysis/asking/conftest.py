"""A service on loopback, its plug-in, and an analyst who may set up accounts."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import msgspec
import orjson
import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.analysis.answers import ABSENT, Answer, Evidence
from stack.analysis.asking import logins
from stack.analysis.asking.operations import save_account
from stack.analysis.asking.queries import plan_asking
from stack.analysis.asking.records import Asked as WasAsked
from stack.analysis.asking.running import ask_provider
from stack.analysis.base import Asking, ProviderPlugin, ProviderRequest, Rate
from stack.analysis.registry import list_provider_plugins
from stack.analysis.subjects import Subject
from stack.core.plugin_options import Credential, Option, Place
from tests.http_servers import Answer as HttpAnswer
from tests.http_servers import Asked, serve
from tests.people import make_principal

KEY = "key-of-the-analysts-0815"
ADDRESS = Subject("ipv4", "192.0.2.7")


class Score(msgspec.Struct):
    score: int


class Scorer(ProviderPlugin):
    """A service that scores addresses, in one request or two."""

    name = "tested"
    title = "Tested"
    page = "https://tested.example/docs"
    terms = "Free."
    kinds = frozenset({"ipv4", "sha256"})
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("key", "API key", Place.HEADER, field="X-Key"),
    )
    options: ClassVar[tuple[Option, ...]] = (
        Option("url", "Address", is_needed=True),
        Option("steps", "Requests", "1"),
    )
    rates = (Rate(4, 60), Rate(500, 86_400))
    wall_s = 2
    most_bytes = 100_000

    def ask(self, subject: Subject) -> Asking:
        reply = None
        for number in range(int(self.choices["steps"])):
            path = f"/{number}/{subject.value}"
            reply = yield ProviderRequest(path=path, expects=(200, 404))
            if reply.status == 404:
                return ABSENT
        assert reply is not None
        found = reply.read(Score)
        evidence = Evidence("tested.score", f"The score is {found.score}.", found.score / 10)
        return Answer(summary=f"score {found.score}", evidence=(evidence,))

    def test(self) -> Asking:
        reply = yield ProviderRequest(path="/test", is_metered=False)
        return Answer(summary=f"score {reply.read(Score).score}")


class Service:
    """What the service says, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body: Any = {"score": 25}
        self.before: Callable[[Asked], HttpAnswer | None] = lambda asked: None
        self.base = ""

    def answer(self, asked: Asked) -> HttpAnswer:
        self.asked.append(asked)
        if (special := self.before(asked)) is not None:
            return special
        body = self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)
        return HttpAnswer(self.status, body, self.headers)


@pytest.fixture
def service(loopback_allowed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    logins.forget_logins()
    monkeypatch.setitem(list_provider_plugins(), Scorer.name, Scorer)
    found = Service()
    with serve(found.answer) as found.base:
        yield found


@pytest.fixture
def principal(database: str, db: None) -> Principal:
    return make_principal("ada", Organisation.objects.create(name="Analysts"), role=Role.PLATFORM_ADMIN)


@pytest.fixture
def account(principal: Principal, service: Service) -> int:
    return set_up(principal, service)


def set_up(principal: Principal, service: Service, **others: Any) -> int:
    said: dict[str, Any] = {"credentials": {"key": KEY}, "options": {"url": service.base}}
    return save_account(principal, Scorer.name, **(said | others)).id


def ask(principal: Principal, subject: Subject = ADDRESS, **others: Any) -> WasAsked:
    [planned] = plan_asking(principal, subject, names=[Scorer.name])
    return ask_provider(principal, planned, subject, **others)
