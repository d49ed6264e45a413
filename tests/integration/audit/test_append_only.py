"""The database itself refuses to change or remove an entry."""

import pytest
from django.db import DatabaseError, connections, transaction

from stack.audit.models import AuditEntry
from stack.core.acts import Act, record_act

pytestmark = pytest.mark.django_db(databases="__all__")

STATEMENTS = (
    "UPDATE audit_entry SET actor_name = 'eve' WHERE sequence = 1",
    "UPDATE audit_entry SET sequence = sequence + 10",
    "DELETE FROM audit_entry WHERE sequence = 1",
    "DELETE FROM audit_entry",
)
COPY = (
    "INTO audit_entry SELECT sequence, number, at, 'x', result, actor_name, user_id, key_id, "
    "organisation_id, face, address, request_id, object_kind, object_id, before, after, is_security, "
    "previous, hash "
    "FROM audit_entry WHERE sequence = 1"
)
OF_ONE_DATABASE = {
    "sqlite": (f"INSERT OR REPLACE {COPY}", f"REPLACE {COPY}"),
    "postgresql": (
        "TRUNCATE audit_entry",
        "SET LOCAL session_replication_role = replica; DELETE FROM audit_entry",
    ),
}


def test_no_statement_changes_or_removes_an_entry(database: str) -> None:
    for _ in range(2):
        record_act(Act(name="note.create", actor=None))
    before = list(AuditEntry.objects.order_by("sequence").values())
    connection = connections[database]
    for statement in STATEMENTS + OF_ONE_DATABASE[connection.vendor]:
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(using=database),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert list(AuditEntry.objects.order_by("sequence").values()) == before


def test_the_orm_is_refused_as_well(database: str) -> None:
    record_act(Act(name="note.create", actor=None))
    entry = AuditEntry.objects.latest("sequence")
    for change in (entry.delete, entry.save):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(using=database):
            change()
