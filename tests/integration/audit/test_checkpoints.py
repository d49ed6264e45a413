"""A checkpoint that was taken out finds an end that was cut, and nobody else can write one."""

import json
import threading
from pathlib import Path

import pytest
from django.db import connections
from pytest_django.fixtures import Settings

from stack.audit.append_only import DROP_TRIGGERS
from stack.audit.checkpoints import (
    PURPOSE,
    find_forged,
    find_last_checkpoint,
    is_signed_here,
    read_checkpoints,
)
from stack.audit.models import AuditEntry
from stack.audit.operations import checkpoint_file, keep_checkpoints, write_checkpoint
from stack.audit.operations.checkpoints import guard_chain
from stack.audit.records import FaultKind
from stack.audit.verification import verify_chain
from stack.core.acts import Act, record_act
from stack.core.errors import BadInput
from stack.vault.queries import list_public_keys

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("in_own_folder")]


@pytest.fixture
def in_own_folder(tmp_path: Path, settings: Settings, database: str) -> None:
    settings.DATA = tmp_path


@pytest.fixture
def path() -> Path:
    """A file with two checkpoints of a log of six entries."""
    for count in (4, 2):
        act(count)
        write_checkpoint()
    return checkpoint_file()


def act(count: int = 1) -> None:
    for _ in range(count):
        record_act(Act(name="note.create", actor=None))


def behind_the_back(alias: str, statement: str) -> None:
    with connections[alias].cursor() as cursor:
        for each in (*DROP_TRIGGERS[connections[alias].vendor], statement):
            cursor.execute(each)


def test_a_file_of_checkpoints_is_read_and_trusted(path: Path) -> None:
    checkpoints = read_checkpoints(path)
    assert [each.sequence for each in checkpoints] == [4, 6]
    assert path.stat().st_mode & 0o777 == 0o600
    public = "".join(key.pem for key in list_public_keys(PURPOSE)).encode()
    assert find_forged(checkpoints) == (checkpoints, [])
    assert find_forged(checkpoints, public_keys=public) == (checkpoints, [])
    assert verify_chain(checkpoints=checkpoints) == []


@pytest.mark.parametrize("change", [("sequence", 5), ("hash", "0" * 64), ("at", 0), ("signature", "x")])
def test_a_changed_checkpoint_is_forged(path: Path, change: tuple[str, object]) -> None:
    lines = path.read_text().splitlines()
    lines[1] = json.dumps(json.loads(lines[1]) | dict([change]))
    path.write_text("\n".join(lines))
    public = list_public_keys(PURPOSE)[0].pem.encode()
    for keys in (None, public):
        good, forged = find_forged(read_checkpoints(path), public_keys=keys)
        assert [each.sequence for each in good] == [4]
        assert [fault.kind for fault in forged] == [FaultKind.FORGED]
    last = find_last_checkpoint(path)
    assert last is not None
    assert last.sequence == 4


def test_the_key_of_another_stack_signs_nothing_here(path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = Ed25519PrivateKey.generate().public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert len(find_forged(read_checkpoints(path), public_keys=pem)[1]) == 2
    with pytest.raises(BadInput, match="no Ed25519 public key"):
        find_forged([], public_keys=b"nothing")


def test_a_line_that_is_none_is_named(path: Path) -> None:
    with path.open("a") as file:
        file.write('{"sequence": 9')
    with pytest.raises(BadInput, match="line 3"):
        read_checkpoints(path)


def test_a_cut_line_does_not_spoil_the_next(path: Path) -> None:
    with path.open("a") as file:
        file.write('{"sequence": 9')
    act()
    write_checkpoint(path)
    last = find_last_checkpoint(path)
    assert last is not None
    assert last.sequence == 7
    assert is_signed_here(last)


def test_a_round_writes_only_where_something_is_new(path: Path) -> None:
    assert guard_chain() == []
    assert len(read_checkpoints(path)) == 2
    act()
    assert guard_chain() == []
    assert [each.sequence for each in read_checkpoints(path)] == [4, 6, 7]


def test_a_cut_end_is_raised_once_and_gets_no_checkpoint(path: Path, database: str) -> None:
    behind_the_back(database, "DELETE FROM audit_entry WHERE sequence > 5")
    faults = guard_chain()
    assert [fault.kind for fault in faults] == [FaultKind.CUT]
    raised = AuditEntry.objects.filter(name="audit.break")
    assert raised.get().is_security
    for _ in range(3):
        faults = guard_chain(faults)
    assert raised.count() == 1
    assert len(read_checkpoints(path)) == 2


def test_the_loop_ends_when_it_is_told_to(path: Path) -> None:
    act()
    waits: list[float | None] = []

    class Once(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout)
            self.set()
            return True

    keep_checkpoints(Once())
    assert waits == [600.0]
    assert len(read_checkpoints(path)) == 3
