"""Every failure as problem details (RFC 9457); nothing else in the API turns errors into answers."""

import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from pydantic import BaseModel, ConfigDict, Field

from stack.api.rest.parameters import NO_NUL
from stack.audit.operations import record_refused_request
from stack.core.errors import BadInput, FieldError, NotAllowed, StackError, TooMany, Unavailable
from stack.store.failures import RETRY_AFTER_S, explain_database_failure

_log = logging.getLogger(__name__)
_TYPE = "urn:stack:problem:"
# Of fields that have a form, one value that has it.
_EXAMPLES = {
    "stix_id": "malware--92ec0cbd-2c30-44a2-b270-73f4ec949841",
    "marking_id": "marking-definition--92ec0cbd-2c30-44a2-b270-73f4ec949841",
    "type": "malware",
    "embargo_until": "2027-01-31T09:00Z",
}


class Unauthenticated(StackError):
    title = "Not signed in"
    status = 401
    exit_code = 4


class CrossSiteRequest(StackError):
    title = "Cross-site request refused"
    status = 403
    exit_code = 4


class MethodNotAllowed(StackError):
    title = "Method not allowed"
    status = 405
    exit_code = 2


class LengthRequired(StackError):
    title = "Length required"
    status = 411
    exit_code = 2


class TooLarge(StackError):
    title = "Too large"
    status = 413
    exit_code = 2


class UnsupportedMediaType(StackError):
    title = "Media type not supported"
    status = 415
    exit_code = 2


class Malformed(BadInput):
    title = "The request cannot be read"
    status = 400


class Unexpected(StackError):
    title = "Something went wrong"
    status = 500


class Fault(BaseModel):
    """One fault of the input: where it stands and what was expected there."""

    field: str
    message: str


class Problem(BaseModel):
    """What failed, why, and what to do about it (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:stack:problem:not-found",
                    "title": "Not found",
                    "status": 404,
                    "detail": "There is no object malware--92ec0cbd-2c30-44a2-b270-73f4ec949841",
                    "remedy": "Check the id, or look the value up.",
                    "errors": [],
                }
            ]
        }
    )

    type: str = Field(description="A stable name of the kind of problem: `urn:stack:problem:…`")
    title: str = Field(description="The kind of problem in words")
    status: int = Field(description="The HTTP status")
    detail: str = Field(description="What happened in this case")
    remedy: str = Field(description="What to do about it; may be empty")
    errors: list[Fault] = Field(description="One entry per faulty field; often empty")


def problem_response(error: StackError) -> HttpResponse:
    """`error` as `application/problem+json`, with the header that its status asks for."""
    body = {
        "type": _TYPE + re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower(),
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "remedy": error.remedy,
        "errors": [{"field": fault.field, "message": fault.message} for fault in error.errors],
    }
    response = HttpResponse(orjson.dumps(body), status=error.status, content_type="application/problem+json")
    if isinstance(error, Unauthenticated):
        response["WWW-Authenticate"] = 'Bearer realm="Stack"'
    if isinstance(error, TooMany):
        response["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unavailable):
        response["Retry-After"] = str(RETRY_AFTER_S)
    return response


def install_handlers(api: NinjaAPI) -> None:
    # All but the first are kinds that ninja has handlers of its own for.
    for kind in (Exception, HttpError, ValidationError):
        api.add_exception_handler(kind, answer_exception)


def answer_exception(request: HttpRequest, exception: Any) -> HttpResponse:
    error = translate_exception(exception)
    if isinstance(error, NotAllowed):
        record_refused_request(request, getattr(request, "stack_principal", None), error)
    elif isinstance(error, TooMany):
        request.stack_allowance = error.allowance  # type: ignore[attr-defined]  # told by the answer's headers
    return problem_response(error)


def translate_exception(exception: Exception) -> StackError:
    """The `StackError` that says what went wrong. What nobody foresaw is logged and tells nothing."""
    error: StackError
    match exception:
        case StackError():
            error = exception
        case ValidationError():
            error = _explain_parameters(exception.errors)
        case HttpError(__cause__=StackError() as cause):
            # Ninja wraps whatever the parser of bodies raised; the cause is what says more.
            error = cause
        case RequestDataTooBig():
            error = TooLarge("The body of the request is too large", remedy="Ask for less at once.")
        case HttpError() | SuspiciousOperation() | MultiPartParserError() | UnreadablePostError():
            error = Malformed(str(exception) or "The request is malformed")
        case _:
            _log.error("Unexpected failure of the API", exc_info=exception)
            error = explain_database_failure(exception) or Unexpected(
                "Stack failed to answer this request; the server's log says why",
                remedy="Try again; if it stays, report it with the time at which it happened.",
            )
    return error


def _explain_parameters(errors: Iterable[dict[str, Any]]) -> BadInput:
    faults = tuple(_explain_parameter(_name_field(error["loc"]), error) for error in errors)
    return BadInput(
        "; ".join(f"{fault.field}: {fault.message}" for fault in faults[:3]),
        remedy="See /api/v1/openapi.json for what this operation takes.",
        errors=faults,
    )


def _explain_parameter(field: str, error: Mapping[str, Any]) -> FieldError:
    """A rule in words; a regular expression says little to who has just broken it."""
    message = str(error["msg"])
    if error.get("type") == "string_pattern_mismatch":
        example = _EXAMPLES.get(field.partition("[")[0])
        message = f"expected a value such as {example}" if example else "expected text of another form"
        if error.get("ctx", {}).get("pattern") == NO_NUL:
            message = "expected text without the character NUL"
    elif error.get("type") == "extra_forbidden":
        message = "this operation has no such field"
    return FieldError(field, message)


def nothing_to_change(*fields: str) -> BadInput:
    """A change that leaves everything out is a mistake of whoever sends it."""
    message = f"expected at least one of {', '.join(fields)}"
    return BadInput(f"body: {message}", errors=(FieldError("body", message),))


def _name_field(place: tuple[str | int, ...]) -> str:
    """`("query", "limit")` is `limit`; `("body", "body", "values", 3)` is `values[3]`."""
    name = ""
    for part in place[2 if place[:1] == ("body",) and len(place) > 2 else 1 :]:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else part
    return name or str(place[0])
