"""Drives a provider's plug-in by hand: replies go in, the requests and the answer come out."""

from collections.abc import Iterable
from typing import Any

import msgspec

from stack.analysis.answers import Answer
from stack.analysis.base import ProviderPlugin, ProviderReply, ProviderRequest
from stack.analysis.subjects import Subject

RECEIVED = 1_770_000_000_000_000


def drive(
    plugin: ProviderPlugin, subject: Subject, replies: Iterable[Any]
) -> tuple[list[ProviderRequest], Answer]:
    """What the plug-in asks, and its answer. A reply is (status, body) or a body of status 200."""
    waiting, asked, asking = iter(replies), list[ProviderRequest](), plugin.ask(subject)
    reply: ProviderReply | None = None
    while True:
        try:
            asked.append(asking.send(reply) if reply is not None else next(asking))
        except StopIteration as end:
            answer: Answer = end.value
            return asked, answer
        found = next(waiting)
        status, body = found if isinstance(found, tuple) else (200, found)
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        reply = ProviderReply(status, {}, content, RECEIVED)
