"""Services that misbehave cost their own answer, and nobody else's time."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from stack.accounts.principal import Principal
from stack.analysis.asking.operations import save_account
from stack.analysis.models import AnalysisAnswer, AnswerState
from stack.analysis.operations import Wish, start_analysis
from stack.analysis.providers import http_json
from stack.analysis.records import AnalysisDetail, AnalysisRow
from tests.http_servers import Answer, Asked, allowing, raw_server, serve

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

Run = Callable[[AnalysisRow], AnalysisDetail]
_GOOD = ("good-1", "good-2", "good-3")
_WALL_S = 3.0
_PIECE = b'{"verdict": "malicious", "more": "' + b"x" * 65536


def give_good(asked: Asked) -> Answer:
    time.sleep(1)
    return Answer(body=b'{"verdict": "malicious"}')


def redirect(asked: Asked) -> Answer:
    return Answer(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})


def lie(asked: Asked) -> Answer:
    return Answer(body=b'{"verdict": {"verdict": [1, 2, 3]}}')


def flood(asked: Asked) -> Answer:
    def pieces() -> Iterator[bytes]:
        for _ in range(32_768):  # 2 GB
            yield _PIECE

    return Answer(body=None, chunks=pieces())


def hang(connection: socket.socket) -> None:
    connection.recv(65536)
    time.sleep(_WALL_S * 3)


def drip(connection: socket.socket) -> None:
    connection.recv(65536)
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"{" * 1000:
        connection.sendall(bytes((byte,)))
        time.sleep(0.2)


def add(principal: Principal, name: str, url: str) -> str:
    options = {"url": url, "kinds": "ipv4", "verdict": "verdict"}
    save_account(principal, "http-json", name=name, options=options)
    return f"http-json:{name}"


def measure_good(detail: AnalysisDetail) -> float:
    """Seconds from the start of the good ones to their last answer."""
    rows = AnalysisAnswer.objects.filter(analysis__uid=detail.row.uid, plugin__contains="good")
    assert {row.state for row in rows} == {AnswerState.FOUND}
    begun = min(row.asked_at for row in rows if row.asked_at)
    return (max(row.ended_at for row in rows if row.ended_at) - begun) / 1_000_000


@pytest.mark.timeout(180)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_answer_waits_for_one_that_misbehaves(
    principal: Principal, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_json.Provider, "wall_s", _WALL_S)
    with ExitStack() as stack:
        stack.enter_context(allowing("127.0.0.0/8"))
        url = stack.enter_context(serve(give_good))
        good = [add(principal, name, url) for name in _GOOD]
        bad = [
            add(principal, handler.__name__, stack.enter_context(serve(handler)))
            for handler in (redirect, lie, flood)
        ]
        bad += [add(principal, talk.__name__, stack.enter_context(raw_server(talk))) for talk in (hang, drip)]
        # Values of which nothing is kept; the best of two either way, as the machine has other work too.
        alone, beside = [], []
        for number in range(2):
            calm = run(start_analysis(principal, value=f"8.8.4.{number}", wish=Wish(plugins=good)))
            alone.append(measure_good(calm))
            row = start_analysis(principal, value=f"8.8.5.{number}", wish=Wish(plugins=[*good, *bad]))
            begun = time.monotonic()
            torn = run(row)
            assert time.monotonic() - begun < _WALL_S + 6
            beside.append(measure_good(torn))
            states = {each.plugin.partition(":")[2]: each for each in torn.answers}
            assert {states[name].state for name in ("redirect", "flood", "hang", "drip")} <= {
                AnswerState.FAILED,
                AnswerState.INTERRUPTED,
                AnswerState.LIMITED,
            }
            assert states["lie"].answer is None or not states["lie"].answer.evidence
            assert all(each.message for name, each in states.items() if name not in (*_GOOD, "lie"))
    assert min(beside) <= min(alone) * 1.2 + 0.1, (alone, beside)
