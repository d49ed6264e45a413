"""What a test needs from outside: absent, it is reported by name, and where it was promised that fails."""

import os
from typing import NoReturn

import pytest


def report_absent(service: str, remedy: str) -> NoReturn:
    """Skips the test, or fails it where `STACK_TEST_REQUIRE` names the service (as CI does)."""
    message = f"{service} is absent ({remedy})"
    if service in os.environ.get("STACK_TEST_REQUIRE", "").split():
        pytest.fail(f"{message}, though STACK_TEST_REQUIRE names it", pytrace=False)
    pytest.skip(message)
