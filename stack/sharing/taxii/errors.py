"""Failures as TAXII's error message (section 3.6.1); nothing else in the server turns errors into answers."""

import logging
import re
from collections.abc import Mapping
from typing import Any, ClassVar

import orjson
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse, UnreadablePostError

from stack.core.acts import current_origin
from stack.core.errors import BadInput, FieldError, StackError, TooMany, Unavailable
from stack.sharing.taxii.media_types import TAXII
from stack.store.failures import RETRY_AFTER_S, explain_database_failure

_log = logging.getLogger(__name__)


class BadRequest(BadInput):
    title = "The request cannot be understood"
    status = 400


class NotSignedIn(StackError):
    title = "Not signed in"
    status = 401
    exit_code = 4


class MethodNotAllowed(StackError):
    title = "Method not allowed"
    status = 405
    exit_code = 2

    def __init__(self, method: str, allowed: str) -> None:
        super().__init__(f"{method} is not possible here", remedy=f"Possible are: {allowed}.")
        self.allowed = allowed


class NotAcceptable(StackError):
    title = "Media type not acceptable"
    status = 406
    exit_code = 2


class TooLarge(StackError):
    title = "Too large"
    status = 413
    exit_code = 2


class UnsupportedMediaType(StackError):
    title = "Media type not supported"
    status = 415
    exit_code = 2


class Unexpected(StackError):
    status: ClassVar[int] = 500


def bad_parameter(name: str, message: str) -> BadRequest:
    return BadRequest(f"{name}: {message}", errors=(FieldError(name, message),))


def translate_exception(error: Exception) -> StackError:
    """The `StackError` that says what went wrong. What nobody foresaw is logged and tells nothing."""
    if isinstance(error, StackError):
        return error
    if isinstance(error, SuspiciousOperation | UnreadablePostError):
        return BadRequest("Stack does not answer to this request")
    _log.error("Unexpected failure of the TAXII server", exc_info=error)
    return explain_database_failure(error) or Unexpected(
        "Stack failed to answer this request; the server's log says why",
        remedy="Try again; if it stays, report it with its error_id.",
    )


def answer_error(error: StackError) -> HttpResponse:
    """`error` as a TAXII error message, with the headers that its status asks for.

    `http_status` is a string, as section 3.6.1 has it. `error_id` is the id of the request in the log, which
    every answer has as `X-Request-Id`.
    """
    body: dict[str, Any] = {
        "title": error.title,
        "description": f"{error.detail}. {error.remedy}".strip() if error.remedy else error.detail,
        # Only where it helps: an answer that tells nothing must be the same for everybody, byte for byte.
        "error_id": current_origin().request_id if error.status >= 500 else "",
        "error_code": re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower(),
        "http_status": str(error.status),
    }
    if error.errors:
        body["details"] = {fault.field: fault.message for fault in error.errors}
    response = HttpResponse(
        orjson.dumps({name: value for name, value in body.items() if value}),
        status=error.status,
        content_type=TAXII,
    )
    for name, value in _headers_of(error).items():
        response.headers[name] = value
    # Django would log each of them as a warning of its own.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _headers_of(error: StackError) -> Mapping[str, str]:
    match error:
        case NotSignedIn():
            return {"WWW-Authenticate": 'Basic realm="Stack", charset="UTF-8", Bearer realm="Stack"'}
        case MethodNotAllowed():
            return {"Allow": error.allowed}
        case TooMany():
            return {"Retry-After": str(error.retry_after)}
        case Unavailable():
            return {"Retry-After": str(RETRY_AFTER_S)}
        case _:
            return {}
