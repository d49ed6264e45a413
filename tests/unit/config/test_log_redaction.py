"""No key, token or one-time link stands in a log line, whoever wrote it."""

import logging
import sys

import pytest

from stack.config.log_redaction import RedactingFormatter, redact_secrets

KEY = "stk_0123456789ab_" + "c" * 48
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
TOKEN = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"used {KEY} twice", "used stk_0123456789ab_… twice"),
        (f"Authorization: Bearer {JWT}", "Authorization: Bearer [token]"),
        ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "Authorization: Basic [secret]"),
        (f"GET /sign-in/{TOKEN} 200", "GET /sign-in/[token] 200"),
        (f"/cb?code={TOKEN}&state=1", "/cb?code=[secret]&state=1"),
        ("GET /sign-in 200", "GET /sign-in 200"),
        (
            "/o/malware/92ec0cbd-2c30-44a2-b270-73f4ec949841",
            "/o/malware/92ec0cbd-2c30-44a2-b270-73f4ec949841",
        ),
    ],
)
def test_secrets_are_cut_out_and_the_rest_stays(text: str, kept: str) -> None:
    assert redact_secrets(text) == kept


def test_arguments_and_tracebacks_are_covered() -> None:
    try:
        raise ValueError(KEY)
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "failed with %s", (JWT,), sys.exc_info())
    line = RedactingFormatter("%(message)s").format(record)
    assert "ValueError: stk_0123456789ab_…" in line
    assert KEY not in line
    assert JWT not in line
