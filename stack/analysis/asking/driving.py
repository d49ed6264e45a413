"""Runs a plug-in's asking: its requests out, their replies in, its answer at the end."""

import logging
from collections.abc import Callable
from typing import Final

import msgspec

from stack.analysis.answers import Answer
from stack.analysis.asking.faults import AskFault
from stack.analysis.asking.records import Outcome
from stack.analysis.asking.wording import clean_words
from stack.analysis.base import (
    AskedTooOften,
    Asking,
    MalformedAnswer,
    NotLetIn,
    ProviderPlugin,
    ProviderReply,
    ProviderRequest,
)

_log = logging.getLogger(__name__)
_MOST_REQUESTS: Final = 60
_MOST_ANSWER: Final = 4 * 1024 * 1024
_MOST_WEIGHT: Final = 10.0


def drive_asking(
    plugin: ProviderPlugin, asking: Asking, send: Callable[[ProviderRequest], ProviderReply]
) -> Answer:
    """The plug-in's answer. Raises `AskFault` for all that it or `send` raises."""
    title = plugin.title
    try:
        return _drive(plugin, asking, send)
    except AskFault:
        raise
    except MalformedAnswer as error:
        raise AskFault(
            Outcome.FAILED,
            f"{title} answers otherwise than it documents",
            said=clean_words(error.detail),
            is_fault=True,
            was_sent=True,
        ) from None
    except NotLetIn as error:
        message = f"{title} says that the credential is not good: check the account"
        raise AskFault(Outcome.UNAUTHORISED, message, said=clean_words(error.detail), is_fault=True) from None
    except AskedTooOften as error:
        wait = 60.0 if error.retry_after_s is None else error.retry_after_s
        message = f"{title} says that its limit is reached"
        raise AskFault(Outcome.LIMITED, message, said=clean_words(error.detail), retry_after_s=wait) from None
    except Exception as error:
        # Not its text, which may hold what a service sent: its type and place are enough to mend it.
        _log.error("The plug-in %s failed: %s", plugin.name, type(error).__name__)
        message = f"{title} answered what its plug-in cannot read ({type(error).__name__})"
        raise AskFault(Outcome.FAILED, message, is_fault=True, was_sent=True) from None
    finally:
        asking.close()


def _drive(
    plugin: ProviderPlugin, asking: Asking, send: Callable[[ProviderRequest], ProviderReply]
) -> Answer:
    try:
        request = next(asking)
        for _ in range(_MOST_REQUESTS):
            request = asking.send(send(request))
    except StopIteration as end:
        answer: Answer = end.value
        return _bound(plugin, answer)
    raise AskFault(Outcome.FAILED, f"{plugin.title} needs more than {_MOST_REQUESTS} requests", was_sent=True)


def _bound(plugin: ProviderPlugin, answer: Answer) -> Answer:
    """Without its raw form where that is too large to keep with every analysis.

    MalformedAnswer for evidence whose weight is beyond measure: one service never decides for all.
    """
    if not all(abs(each.weight) <= _MOST_WEIGHT for each in answer.evidence):
        raise MalformedAnswer("its figures are beyond measure")
    size = len(msgspec.json.encode(answer))
    return msgspec.structs.replace(answer, raw=None) if size > _MOST_ANSWER else answer
