"""What a test needs from outside: absent, it is reported by name, and where it was promised that fails.

`python3 -m services start NAME ...` starts real servers, `build/services/env` tells the tests where they are.
A test asks for one by a fixture (tests/service_fixtures.py): `redis_url`, `elasticsearch_url`,
`elasticsearch_9_url`, `opensearch_url`, `s3_url`, `postgres_url`, or `database` for SQLite and PostgreSQL.
Redis gives each worker of a session of tests a database of its own, which is empty when a test begins; on the
others a test makes its own index or prefix. A test that ends a server asks `own_service` for one of its own.

How many tests ran on each service is printed at the end (tests/service_counts.py). What no fixture tells is
told by the mark `@pytest.mark.service("pgbouncer")`.
"""

import os
from typing import NoReturn

import pytest

# Names for `report_absent` and STACK_TEST_REQUIRE, and the variable that says where the server is.
VARIABLES = {
    "postgresql": "STACK_TEST_POSTGRES",
    "redis": "STACK_TEST_REDIS",
    "elasticsearch": "STACK_TEST_ELASTICSEARCH",
    "elasticsearch-9": "STACK_TEST_ELASTICSEARCH_9",
    "opensearch": "STACK_TEST_OPENSEARCH",
    "s3": "STACK_TEST_S3",
}


# How a report carries the services of its test.
PROPERTY = "service"


def find_service(service: str) -> str:
    """The address of a server, or the end of the test."""
    address = os.environ.get(VARIABLES[service])
    if not address:
        report_absent(service, f"python3 -m services start {service}, then . build/services/env")
    return address


def report_absent(service: str, remedy: str) -> NoReturn:
    """Skips the test, or fails it where `STACK_TEST_REQUIRE` names the service (as CI does)."""
    message = f"{service} is absent ({remedy})"
    if service in os.environ.get("STACK_TEST_REQUIRE", "").split():
        pytest.fail(f"{message}, though STACK_TEST_REQUIRE names it", pytrace=False)
    pytest.skip(message)


def note_service(node: pytest.Item, service: str) -> None:
    """Tells that a test runs on a service."""
    if (PROPERTY, service) not in node.user_properties:
        node.user_properties.append((PROPERTY, service))
