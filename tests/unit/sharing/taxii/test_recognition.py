"""Which key or token stands in an `Authorization` header."""

import base64

import pytest

from stack.sharing.taxii.recognition import read_credential


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        basic("anybody:stk_key"),
        basic(":stk_key"),
        basic("stk_key:"),
        basic("stk_key"),
        basic("bücher:stk_key").replace("Basic", "basic"),
        "Bearer stk_key",
        "bearer   stk_key ",
        "Token stk_key",
    ],
)
def test_a_key_is_found(header: str) -> None:
    assert read_credential(header) == "stk_key"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic " + "=" * 7,
        basic(":"),
        basic("admin:password"),
        basic("x:eyJ.a.b"),
        "Digest x",
        "stk_key",
    ],
)
def test_what_is_none_is_not(header: str) -> None:
    assert read_credential(header) == ""


def test_an_access_token_is_a_bearer() -> None:
    assert read_credential("Bearer eyJ.a.b") == "eyJ.a.b"
