"""Acts come last in their transactions, and every test watches that they do."""

from collections.abc import Callable

import pytest
from django.db import router, transaction

from stack.accounts.models import Organisation, User
from stack.accounts.transactions import writing
from stack.audit.models import AuditEntry
from stack.core.acts import Act, record_act
from tests.acts import OutOfOrder

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("database")]


def _record_and(act: Callable[[], object]) -> None:
    with transaction.atomic(using=router.db_for_write(User)):
        record_act(Act("test.one", None))
        record_act(Act("test.two", None))
        act()


@pytest.mark.parametrize(
    "late",
    [
        lambda: Organisation.objects.create(name="Late"),
        lambda: Organisation.objects.update(name="Late"),
        lambda: Organisation.objects.all().delete(),
    ],
    ids=["create", "update", "delete"],
)
def test_what_is_written_after_an_act_is_found(late: Callable[[], object]) -> None:
    Organisation.objects.create(name="In time")
    with pytest.raises(OutOfOrder):
        _record_and(late)


def test_reading_after_an_act_and_writing_after_its_transaction_are_in_order() -> None:
    _record_and(lambda: list(Organisation.objects.all()))
    Organisation.objects.create(name="In time")
    assert AuditEntry.objects.filter(name__startswith="test.").count() == 2


def test_wherever_in_its_transaction_an_act_happens_it_is_recorded_last() -> None:
    with writing():
        record_act(Act("test.one", None))
        Organisation.objects.create(name="In time")
        assert not AuditEntry.objects.filter(name="test.one").exists()
    assert AuditEntry.objects.filter(name="test.one").exists()


def _fail() -> None:
    with writing():
        record_act(Act("test.one", None))
        raise ValueError("no")


def test_what_is_undone_is_not_recorded() -> None:
    with pytest.raises(ValueError, match="no"):
        _fail()
    assert not AuditEntry.objects.filter(name="test.one").exists()
