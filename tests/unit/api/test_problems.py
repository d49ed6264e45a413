import json
import logging

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from ninja.errors import HttpError, ValidationError

from stack.api.rest.problems import Malformed, Unauthenticated, problem_response, translate_exception
from stack.core.errors import BadInput, Conflict, FieldError, NotAllowed, NotFound, Unavailable


@pytest.mark.parametrize(
    ("error", "status", "slug"),
    [
        (BadInput("x"), 422, "bad-input"),
        (NotFound("x"), 404, "not-found"),
        (NotAllowed("x"), 403, "not-allowed"),
        (Conflict("x"), 409, "conflict"),
        (Unavailable("x"), 503, "unavailable"),
        (Malformed("x"), 400, "malformed"),
    ],
)
def test_errors_become_problems_of_a_stable_type(error: BadInput, status: int, slug: str) -> None:
    response = problem_response(error)
    body = json.loads(response.content)
    assert (response.status_code, body["status"]) == (status, status)
    assert response["Content-Type"] == "application/problem+json"
    assert body["type"] == f"urn:stack:problem:{slug}"
    assert body["title"] == error.title


def test_a_problem_carries_the_remedy_and_every_faulty_field() -> None:
    error = BadInput(
        "two faults", remedy="Mend them.", errors=(FieldError("a", "one"), FieldError("b", "two"))
    )
    body = json.loads(problem_response(error).content)
    assert (body["detail"], body["remedy"]) == ("two faults", "Mend them.")
    assert body["errors"] == [{"field": "a", "message": "one"}, {"field": "b", "message": "two"}]


def test_who_is_not_signed_in_is_told_how() -> None:
    assert problem_response(Unauthenticated("x"))["WWW-Authenticate"].startswith("Bearer")


def test_what_nobody_foresaw_is_logged_and_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        error = translate_exception(RuntimeError("secret detail"))
    assert error.status == 500
    assert "secret" not in json.loads(problem_response(error).content)["detail"]
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(
    ("exception", "status"),
    [
        (RequestDataTooBig("x"), 413),
        (SuspiciousOperation("x"), 400),
        (HttpError(400, "Cannot parse request body"), 400),
    ],
)
def test_refusals_of_the_framework_are_problems(exception: Exception, status: int) -> None:
    assert translate_exception(exception).status == status


def test_faulty_parameters_are_named_as_the_caller_wrote_them() -> None:
    error = translate_exception(
        ValidationError(
            [
                {"loc": ("query", "limit"), "msg": "too large"},
                {"loc": ("body", "body", "values", 3), "msg": "no text"},
                {"loc": ("body", "body"), "msg": "missing"},
            ]
        )
    )
    assert [fault.field for fault in error.errors] == ["limit", "values[3]", "body"]
    assert error.detail.startswith("limit: too large; values[3]: no text")
