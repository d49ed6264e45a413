"""Two at once: an invitation makes one member, and two administrators do not remove each other."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections
from pytest_django import DjangoDbBlocker

from stack.accounts.models import Membership, User
from stack.accounts.operations import (
    accept_invitation,
    ensure_first_organisation,
    invite,
    remove_member,
    set_active,
)
from stack.accounts.principal import Role
from stack.accounts.queries import principal_of_user
from stack.config.databases import configure_sqlite
from stack.core.errors import Conflict, NotFound, StackError
from stack.vault.registry import list_sealed
from tests.databases import CHOSEN
from tests.people import make_member
from tests.services import report_absent

_PASSWORD = "correct horse battery staple"
_WRITTEN = ("account", "accounts", "audit", "mfa", "sessions", "sign_in", "usersessions", "vault")


@pytest.fixture(
    params=[
        "file",
        pytest.param("postgresql", marks=pytest.mark.django_db(databases="__all__", transaction=True)),
    ]
)
def racing(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """PostgreSQL, or SQLite in a file as in a data folder: the one in memory is shared by all threads."""
    alias = str(request.param)
    if alias == "postgresql" and alias not in settings.DATABASES:
        report_absent("postgresql", "set STACK_TEST_POSTGRES")
    token = CHOSEN.set(alias)
    opened = _open_file(tmp_path / "accounts.sqlite3") if alias == "file" else nullcontext()
    with django_db_blocker.unblock(), opened:
        yield alias
    CHOSEN.reset(token)


@contextmanager
def _open_file(path: Path) -> Iterator[None]:
    defaults = {"ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "CONN_HEALTH_CHECKS": False, "TIME_ZONE": None}
    connections.databases["file"] = defaults | configure_sqlite(path)
    # The vault looks through every column that it seals.
    sealed = {column.table for column in list_sealed()}
    try:
        with connections["file"].schema_editor() as editor:
            for model in apps.get_models():
                if model._meta.app_label in _WRITTEN or model._meta.db_table in sealed:
                    editor.create_model(model)
        yield
    finally:
        connections["file"].close()
        del connections["file"]
        del connections.databases["file"]


def run_at_once(alias: str, acts: Sequence[Callable[[], object]]) -> list[str]:
    """How each act ended: `done`, or the kind of its error."""
    start = threading.Barrier(len(acts))
    endings: list[str] = []

    def run(act: Callable[[], object]) -> None:
        CHOSEN.set(alias)
        try:
            start.wait(10)
            act()
            endings.append("done")
        except StackError as error:
            endings.append(type(error).__name__)
        except Exception as error:
            endings.append(repr(error))
        finally:
            connections[alias].close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(endings)


def test_of_two_who_bring_one_invitation_one_joins(racing: str) -> None:
    root = principal_of_user(ensure_first_organisation())
    token = invite(root, role=Role.READER, tlp_ceiling=1).token
    # The same person twice with one account, and a stranger who found the link.
    known = make_member("known", ensure_first_organisation().organisation)
    Membership.objects.filter(user=known).delete()
    acts = [
        lambda: accept_invitation(token, username="first", password=_PASSWORD),
        lambda: accept_invitation(token, username="second", password=_PASSWORD),
        lambda: accept_invitation(token, user=User.objects.get(pk=known.pk)),
    ]
    assert run_at_once(racing, acts) == [NotFound.__name__, NotFound.__name__, "done"]
    assert Membership.objects.filter(role=Role.READER).count() == 1
    assert User.objects.filter(username__in=["first", "second"]).count() <= 1


@pytest.mark.parametrize("how", ["remove", "disable"])
def test_two_administrators_do_not_end_each_other(racing: str, how: str) -> None:
    first = ensure_first_organisation()
    second = make_member("second", first.organisation, role=Role.PLATFORM_ADMIN)
    people = [first, second]
    principals = [principal_of_user(user) for user in people]
    rows = [Membership.objects.get(user=user).pk for user in people]
    acts: list[Callable[[], object]]
    if how == "remove":
        acts = [
            lambda: remove_member(principals[0], rows[1]),
            lambda: remove_member(principals[1], rows[0]),
        ]
    else:
        acts = [
            lambda: set_active(principals[0], second.pk, active=False),
            lambda: set_active(principals[1], first.pk, active=False),
        ]
    assert run_at_once(racing, acts) == [Conflict.__name__, "done"]
    assert Membership.objects.filter(role=Role.PLATFORM_ADMIN, user__is_active=True).count() == 1
