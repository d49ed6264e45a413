"""Errors reach a service that speaks Sentry's protocol, and nothing of anybody goes with them."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sentry_sdk
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django.fixtures import Settings

from stack.config.environment import SettingError
from stack.config.error_reporting import begin_reporting
from stack.core.tracing import working_on
from tests.integration.config.receiver import receiving

pytestmark = pytest.mark.django_db
KEY = "stk_0123456789ab_" + "f" * 48
SECRET = "hunter22-planted"
Read = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[Read]:
    """Sends what waits, and gives the events; every byte that came is looked through for what is secret."""
    with receiving() as received:
        monkeypatch.setenv("STACK_SENTRY_DSN", received.address.replace("//", "//public@") + "/42")
        begin_reporting("web", environment="testing")

        def read_events() -> list[dict[str, Any]]:
            sentry_sdk.flush(timeout=5)
            everything = b"".join(received.bodies)
            assert SECRET.encode() not in everything
            assert b"f" * 48 not in everything
            return [
                json.loads(line)
                for body in received.bodies
                for line in body.splitlines()
                if line.startswith(b'{"') and b'"event_id"' in line and b'"platform"' in line
            ]

        yield read_events
        sentry_sdk.get_client().close()
        sentry_sdk.get_global_scope().set_client(None)


def fail_with_secrets(request: HttpRequest) -> HttpResponse:
    password = SECRET
    raise RuntimeError(f"cannot use {KEY} of {len(password)}")


urlpatterns = [path("fail", fail_with_secrets)]


def test_a_request_that_fails_is_reported_without_the_request(read: Read, settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    settings.DEBUG = False
    client = Client(raise_request_exception=False)
    answer = client.post(
        f"/fail?token={SECRET}",
        {"password": SECRET},
        headers={"Authorization": f"Bearer {KEY}", "Cookie": f"sessionid={SECRET}"},
        REMOTE_ADDR="192.0.2.77",
    )
    assert answer.status_code == 500
    [event] = read()
    [error] = event["exception"]["values"][-1:]
    assert error["type"] == "RuntimeError"
    assert error["value"].startswith("cannot use stk_0123456789ab_… of")
    assert error["stacktrace"]["frames"][-1]["function"] == "fail_with_secrets"
    assert "vars" not in json.dumps(event)
    assert event["tags"]["request_id"] == answer["X-Request-Id"]
    assert event["environment"] == "testing"
    absent = {"request", "user", "server_name", "breadcrumbs", "modules", "extra", "contexts"}
    assert not absent & event.keys()
    assert "192.0.2.77" not in json.dumps(event)


def test_an_error_of_a_job_names_the_job(read: Read) -> None:
    with working_on(31):
        try:
            raise OSError(f"postgresql://stack:{SECRET}@db/stack")
        except OSError:
            logging.getLogger("stack.jobs").exception("attempt of %s failed", SECRET)
    [event] = read()
    assert event["tags"]["job_id"] == "31"
    assert event["logger"] == "stack.jobs"
    assert event["logentry"] == {"message": "attempt of %s failed"}
    assert event["exception"]["values"][0]["value"] == "postgresql://stack:[secret]@db/stack"


def test_warnings_are_no_errors(read: Read) -> None:
    logging.getLogger("stack.jobs").warning("something")
    assert read() == []


def test_an_address_that_is_none_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_SENTRY_DSN", f"{SECRET}")
    with pytest.raises(SettingError, match="STACK_SENTRY_DSN: expected https://KEY@host/PROJECT") as error:
        begin_reporting("web", environment="testing")
    assert SECRET not in str(error.value)


def test_what_is_not_asked_for_is_not_even_imported() -> None:
    code = (
        "import sys, django; django.setup();"
        "from stack.config.instrumentation import instrument_process; instrument_process('runner');"
        "print(sorted({n.partition('.')[0] for n in sys.modules}"
        " & {'opentelemetry', 'sentry_sdk', 'prometheus_client', 'celery', 'redis'}))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"DJANGO_SETTINGS_MODULE": "stack.config.settings", "STACK_DATA": "/nowhere"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.stdout, ran.returncode) == ("[]\n", 0), ran.stderr
