"""Asking again: when the other side says later, for how long, and when not."""

import itertools
import socket
import threading
import time

import pytest

from stack.core.http.client import HttpLimits, open_client
from stack.core.http.errors import HttpFailure
from stack.core.http.retries import HttpRequest, send_patiently, stream_patiently
from tests.http_servers import Answer, Asked, raw_server, serve

pytestmark = pytest.mark.usefixtures("loopback_allowed")


def test_later_is_asked_again_after_the_time_that_the_server_names() -> None:
    answers = itertools.chain(
        [Answer(429, headers={"Retry-After": "1"}), Answer(503, headers={"Retry-After": "0"})],
        itertools.repeat(Answer(body=b"now")),
    )
    begun = time.monotonic()
    with serve(lambda asked: next(answers)) as url, open_client() as client:
        assert send_patiently(client, HttpRequest(url=url)).body == b"now"
    assert time.monotonic() - begun >= 1


def test_who_wants_to_be_left_alone_for_longer_is_not_waited_for() -> None:
    asked = []

    def answer(request: Asked) -> Answer:
        asked.append(1)
        return Answer(429, headers={"Retry-After": "86400"})

    with serve(answer) as url, open_client() as client:
        assert send_patiently(client, HttpRequest(url=url), budget_s=5).status == 429
    assert len(asked) == 1


def test_attempts_end_with_the_last_answer() -> None:
    asked = []

    def answer(request: Asked) -> Answer:
        asked.append(1)
        return Answer(503, headers={"Retry-After": "0"})

    with serve(answer) as url, open_client() as client:
        assert send_patiently(client, HttpRequest(url=url), attempts=3).status == 503
        with stream_patiently(client, HttpRequest(url=url), attempts=3) as stream:
            assert stream.status == 503
    assert len(asked) == 6


def test_a_stop_ends_a_wait() -> None:
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    begun = time.monotonic()
    with serve(lambda asked: Answer(429, headers={"Retry-After": "30"})) as url, open_client() as client:
        assert send_patiently(client, HttpRequest(url=url), stop=stop).status == 429
    assert time.monotonic() - begun < 5


def test_what_may_not_be_repeated_is_sent_once() -> None:
    asked = []

    def cut(connection: socket.socket) -> None:
        asked.append(1)

    with (
        raw_server(cut) as url,
        open_client(limits=HttpLimits(read_s=0.3, total_s=1)) as client,
        pytest.raises(HttpFailure),
    ):
        send_patiently(client, HttpRequest(method="POST", url=url, content=b"x"))
    assert len(asked) == 1


def test_a_stream_is_read_in_pieces_and_closed() -> None:
    with serve(lambda asked: Answer(body=b"x" * 3_000_000)) as url, open_client() as client:
        with stream_patiently(client, HttpRequest(url=url)) as stream:
            assert len(next(stream.iter_bytes())) <= 1_048_576
        assert client.send("GET", url).status == 200
