"""A variable that nothing reads is named, with the one that was meant."""

import re
from pathlib import Path

import pytest

from stack.cli.variables import find_unknown, list_known

OPERATIONS = Path(__file__).resolve().parents[3] / "docs" / "operations.md"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("STACK_MODEE", "STACK_MODEE is not a setting; did you mean STACK_MODE?"),
        ("STACK_DATABSE", "STACK_DATABSE is not a setting; did you mean STACK_DATABASE?"),
        ("STACK_UPLOAD_LIMIT", "STACK_UPLOAD_LIMIT is not a setting; did you mean STACK_UPLOAD_LIMIT_MB?"),
        ("STACK_QQQQQQ", "STACK_QQQQQQ is not a setting"),
    ],
)
def test_a_slip_is_explained(name: str, said: str) -> None:
    assert [str(unknown) for unknown in find_unknown({name: "x"})] == [said]


def test_what_is_read_is_known() -> None:
    good = ("STACK_MODE", "STACK_SECRET_KEY_FILE", "STACK_SENTRY_DSN_FILE", "STACK_URL", "STACK_TOKEN")
    families = ("STACK_OIDC_ACME_ISSUER", "STACK_SAML_X2_ROLE", "STACK_TEST_POSTGRES", "STACK_BENCH_OBJECTS")
    assert [*find_unknown(dict.fromkeys((*good, *families, "PATH", "STACKED"), "x"))] == []


def test_what_is_documented_is_known() -> None:
    documented = set(re.findall(r"`(STACK_[A-Z0-9_]+)`", OPERATIONS.read_text(encoding="utf-8")))
    assert len(documented) > 30
    assert [unknown.name for unknown in find_unknown(dict.fromkeys(documented, "x"))] == []
    assert len(list_known()) > 30
