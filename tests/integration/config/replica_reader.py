"""A process of Stack, as a test asks it: a line of words on standard input, a line of JSON back.

`write NAME` takes in an object of that name; `read` lists the names that a request which only reads is
given, and by which database; `read-in-transaction` and `write-then-read NAME` do what their names say, and
`get PATH` is a request with a session's cookie.
"""

import json
import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "stack.config.settings"
import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import DatabaseError, close_old_connections, router, transaction  # noqa: E402
from django.test import Client  # noqa: E402

from stack.accounts.queries import local_principal  # noqa: E402
from stack.config.replicas import list_replicas, measure_lag, reading_only  # noqa: E402
from stack.store.models import StixObject  # noqa: E402
from stack.store.operations import ensure_source, write_statements  # noqa: E402
from stack.store.queries import list_objects  # noqa: E402
from stack.store.statements import describe_statement  # noqa: E402
from tests.integration.store.conftest import encode, make_object  # noqa: E402


def write(name: str) -> None:
    principal = local_principal()
    obj = make_object("malware", name, is_family=False)
    source = ensure_source(principal, name="test")
    write_statements(principal, statements=[describe_statement(encode(obj), obj)], source_id=source.id)


def read() -> dict[str, object]:
    with reading_only():
        return _read()


def _read() -> dict[str, object]:
    names = sorted(row.name for row in list_objects(local_principal()).rows)
    return {"names": names, "from": router.db_for_read(StixObject)}


def answer(command: str, name: str) -> dict[str, object]:
    match command:
        case "write":
            write(name)
            return {}
        case "read":
            return read()
        case "read-in-transaction":
            with reading_only(), transaction.atomic():
                return _read()
        case "write-then-read":
            with reading_only():
                before = _read()["from"]
                write(name)
                return _read() | {"before": before}
        case "get":
            # Django asks the database only for what could be the key of a session.
            cookie = f"{settings.SESSION_COOKIE_NAME}={'x' * 32}"
            client = Client(raise_request_exception=False, headers={"host": "127.0.0.1", "cookie": cookie})
            got = client.get(name)
            return {"status": got.status_code, "retry": got.headers.get("Retry-After", "")}
        case "lag":
            return {alias: measure_lag(alias) for alias in list_replicas()}
    raise ValueError(command)


def main() -> None:
    for line in sys.stdin:
        command, _, name = line.strip().partition(" ")
        try:
            said = answer(command, name)
        except DatabaseError as error:
            said = {"error": f"{type(error).__name__}: {error}"}
        close_old_connections()
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
