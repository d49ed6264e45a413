"""What holds for every answer of the TAXII server: who asks, whether they may, and what goes wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from stack.accounts.limits.charging import charge
from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission, Principal
from stack.audit.operations import record_refused_request
from stack.core.errors import NotAllowed, NotFound, StackError, TooMany
from stack.core.limits import Allowance, describe_allowance
from stack.sharing.taxii.errors import MethodNotAllowed, NotAcceptable, answer_error, translate_exception
from stack.sharing.taxii.media_types import TAXII, is_acceptable
from stack.sharing.taxii.recognition import recognise

NOTHING_HERE = NotFound(
    "There is nothing at this address, or nothing that you may see", remedy="Begin at /taxii2/."
)
"""The one answer for what is not there and for what one may not see."""

Handler = Callable[..., HttpResponse]
View = Callable[..., HttpResponse]

READING = frozenset({Permission.READ, Permission.EXPORT})
WRITING = frozenset({Permission.INGEST})


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method of an endpoint does, by `run(request, principal, **path)`; what it needs and costs."""

    run: Handler
    needs: frozenset[Permission]
    cost: Cost | Callable[[HttpRequest], Cost] = Cost.READ

    def cost_of(self, request: HttpRequest) -> Cost:
        return self.cost if isinstance(self.cost, Cost) else self.cost(request)


def endpoint(**operations: Operation) -> View:
    """The view of an endpoint, by method. Nothing of it is told to who is nobody, not even its methods."""

    @csrf_exempt
    def answer(request: HttpRequest, **path: str) -> HttpResponse:
        try:
            response = _perform(request, operations, path)
        except Exception as error:
            response = _refuse(request, error)
        response.headers["Cache-Control"] = "private, no-store"
        allowance: Allowance | None = getattr(request, "stack_allowance", None)
        if allowance is not None:
            for name, value in describe_allowance(allowance).items():
                response.headers[name] = value
        return response

    answer.operations = operations  # type: ignore[attr-defined]  # for tests that walk all of them
    return answer


def answer_taxii(
    content: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """An answer in TAXII's media type."""
    return HttpResponse(content, status=status, content_type=TAXII, headers=headers)


def find_nothing(request: HttpRequest, principal: Principal, **path: str) -> HttpResponse:
    raise NOTHING_HERE


def _perform(
    request: HttpRequest, operations: Mapping[str, Operation], path: Mapping[str, Any]
) -> HttpResponse:
    # Django asks for it where it looks at the name; here nothing else would refuse a strange one.
    request.get_host()
    principal = recognise(request)
    request.stack_principal = principal  # type: ignore[attr-defined]  # for the log, and for who is refused
    method = "GET" if request.method == "HEAD" else request.method or ""
    operation = operations.get(method)
    cost = Cost.READ if operation is None else operation.cost_of(request)
    request.stack_allowance = charge(principal, cost=cost)  # type: ignore[attr-defined]
    if operation is None:
        return _tell_methods(method, operations)
    for permission in sorted(operation.needs):
        principal.require(permission)
    if not is_acceptable(request.META.get("HTTP_ACCEPT")):
        raise NotAcceptable("Every answer here is TAXII 2.1", remedy=f"Send “Accept: {TAXII}”.")
    return operation.run(request, principal, **path)


def _tell_methods(method: str, operations: Mapping[str, Operation]) -> HttpResponse:
    allowed = ", ".join(sorted({*operations, "OPTIONS", *({"HEAD"} if "GET" in operations else ())}))
    if method != "OPTIONS":
        raise MethodNotAllowed(method[:20], allowed)
    return HttpResponse(status=204, headers={"Allow": allowed})


def _refuse(request: HttpRequest, exception: Exception) -> HttpResponse:
    error: StackError = translate_exception(exception)
    if isinstance(error, NotAllowed):
        record_refused_request(request, getattr(request, "stack_principal", None), error)
    elif isinstance(error, TooMany):
        request.stack_allowance = error.allowance  # type: ignore[attr-defined]
    return answer_error(error)
