"""A column that holds secrets: the messages of jobs, which are any text and at hand everywhere."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal, Role
from stack.jobs.models import Job
from stack.vault.key_sources import KeyPlace, VaultSettings
from stack.vault.local_keys import LocalKey, make_key
from stack.vault.operations import open_sealed, seal
from stack.vault.registry import SealedColumn, forget_sealed, register_sealed, seal_column
from stack.vault.ring import forget_keys

ACTOR = Principal("ada", 1, None, Role.PLATFORM_ADMIN.permissions, 4)


class Secrets:
    """Rows with one sealed value each."""

    table, field = "jobs_job", "error"

    def __init__(self) -> None:
        self._organisation = Organisation.objects.create(name="Keepers")

    def put(self, plaintext: bytes) -> str:
        row = Job.objects.create(kind="test", created_at=0, organisation=self._organisation)
        self.write(str(row.pk), self.seal(str(row.pk), plaintext))
        return str(row.pk)

    def seal(self, row: str, plaintext: bytes) -> str:
        return seal(plaintext, table=self.table, row=row, field=self.field)

    def write(self, row: str, sealed: str) -> None:
        Job.objects.filter(pk=row).update(error=sealed)

    def read(self, row: str) -> str:
        return Job.objects.get(pk=row).error

    def open(self, row: str) -> bytes:
        return open_sealed(self.read(row), table=self.table, row=row, field=self.field)


@pytest.fixture(autouse=True)
def no_cached_keys() -> Iterator[None]:
    forget_keys()
    yield
    forget_keys()


@pytest.fixture
def column() -> Iterator[SealedColumn]:
    column = seal_column(Job, "error")
    register_sealed(column)
    yield column
    forget_sealed(column)


@pytest.fixture
def kept(column: SealedColumn) -> Secrets:
    return Secrets()


def key_text() -> str:
    return make_key().hex()


def use_key(settings: Settings, text: str, *, new: str = "") -> str:
    """Makes the key the one that is set, for this process anew; returns its id."""
    settings.VAULT = VaultSettings(
        current=KeyPlace("STACK_VAULT_KEY", text=text),
        new=KeyPlace("STACK_VAULT_NEW_KEY", text=new) if new else None,
    )
    forget_keys()
    return LocalKey(bytes.fromhex(text), "").key_id
