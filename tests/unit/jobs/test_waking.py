"""A Redis that fails to answer is left alone for a while, said once, and never fails who asked."""

import logging

import pytest

from stack.jobs.broker import address_broker
from stack.jobs.waking import Breaker


class Redis:
    def __init__(self) -> None:
        self.asked = 0
        self.is_down = True

    def answer(self) -> str:
        self.asked += 1
        if self.is_down:
            raise ConnectionError("refused")
        return "sent"


def test_one_that_is_down_is_asked_once_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    redis, breaker = Redis(), Breaker()
    assert [breaker.attempt(redis.answer, otherwise="later") for _ in range(5)] == ["later"] * 5
    assert redis.asked == 1
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_it_is_asked_again_after_a_pause_and_its_return_is_said(caplog: pytest.LogCaptureFixture) -> None:
    redis, breaker = Redis(), Breaker(pause_s=0)
    assert breaker.attempt(redis.answer, otherwise="later") == "later"
    assert breaker.attempt(redis.answer, otherwise="later") == "later"
    redis.is_down = False
    assert breaker.attempt(redis.answer, otherwise="later") == "sent"
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "Redis does not answer, so jobs wait for the next sweep",
        "Redis answers again",
    ]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://127.0.0.1:6379/0", ("redis://127.0.0.1:6379/0", {})),
        ("rediss://u:p@host/1", ("rediss://u:p@host/1", {})),
        (
            "redis+sentinel://u:p@one:26379,two:26379/service/2",
            ("sentinel://u:p@one:26379/2;sentinel://u:p@two:26379/2", {"master_name": "service"}),
        ),
        ("redis+sentinel://one:1/service", ("sentinel://one:1/0", {"master_name": "service"})),
    ],
)
def test_the_address_is_put_into_celerys_words(url: str, expected: object) -> None:
    assert address_broker(url) == expected
