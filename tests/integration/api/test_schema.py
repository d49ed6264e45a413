"""Schemathesis asks every operation of the OpenAPI document, well and badly.

The answer must be the documented one: status, media type, shape, and never a failure of the server.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase
from hypothesis import settings as examples
from pytest_django import Settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from stack.accounts.models import User
from stack.accounts.operations import create_key
from stack.accounts.queries import principal_of_user
from tests.http_servers import allowing

_application = get_wsgi_application()


def _answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Closes each answer, as a server does and schemathesis does not: that is what ends an upload's file."""
    response = _application(environ, start_response)
    try:
        return [b"".join(response)]
    finally:
        response.close()


schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", _answer)


@pytest.mark.django_db
@schema.parametrize()
@examples(
    max_examples=8,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_documented(case: Any, key: str) -> None:
    # A query, a page token or a file can be wrong in ways that no schema says.
    case.call_and_validate(
        headers={"Authorization": f"Bearer {key}"}, excluded_checks=[positive_data_acceptance]
    )


@pytest.fixture(autouse=True)
def unlimited(settings: Settings) -> None:
    """Schemathesis sends many bad keys in a second, and expects to hear each time that they are bad."""
    settings.LIMITS = replace(settings.LIMITS, is_on=False)


@pytest.fixture(autouse=True)
def kept_connection() -> Iterator[None]:
    """The test's transaction lives in its connection, which a request must not close."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture(autouse=True)
def closed_network() -> Iterator[None]:
    """A look at a feed asks its vendor's server; here each name is this machine's, which may not be asked."""
    with allowing("", resolve=lambda name, port: ["127.0.0.1"]):
        yield


@pytest.fixture
def key(administrator: User) -> str:
    return create_key(principal_of_user(administrator), name="schemathesis").key
