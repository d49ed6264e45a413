"""The migration that gives each user name one spelling."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connections

from stack.accounts.models import User
from stack.accounts.operations import ensure_first_organisation
from tests.people import make_member

_fold = import_module("stack.accounts.migrations.0005_fold_user_names")


@pytest.mark.django_db(databases="__all__")
def test_earlier_users_keep_their_names_and_nobody_is_lost(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    organisation = ensure_first_organisation().organisation
    spellings = ["Mara", "mara", "ＭＡＲＡ", "mara-2", "Olga", "straße"]
    users = [make_member(f"user{number}", organisation) for number in range(len(spellings))]
    for user, name in zip(users, spellings, strict=True):
        User.objects.filter(pk=user.pk).update(username=name)
    _fold.fold_user_names(apps, SimpleNamespace(connection=connections[database]))
    names = [User.objects.get(pk=user.pk).username for user in users]
    assert names == ["mara", "mara-2", "mara-3", "mara-2-2", "olga", "strasse"]
    assert "is now called 'mara-3'" in caplog.text
    assert "olga" not in caplog.text
