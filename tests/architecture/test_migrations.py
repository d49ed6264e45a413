"""Migrations run beside the code of the version before: they add first, and take away a version later.

Those that came before the rule are listed; every other one keeps to it (docs/operations/database.md).
"""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from django.apps import apps
from django.db import migrations, models
from django.db.models import NOT_PROVIDED

BEFORE_THE_RULE = {
    "accounts": 6,
    "audit": 2,
    "jobs": 2,
    "search": 1,
    "store": 4,
    "vault": 1,
}
# A migration that takes away what the version before last stopped using says so: `contracts = "0.3"`.
TAKES_AWAY = (
    migrations.RemoveField,
    migrations.DeleteModel,
    migrations.RenameField,
    migrations.RenameModel,
    migrations.AlterField,
    migrations.AlterModelTable,
    migrations.AlterUniqueTogether,
)
# An index over these takes minutes, in which nobody could write.
LARGE = {"stixobject", "version", "text", "change", "rival", "edge", "key"}


def _list_migrations() -> Iterator[tuple[str, Any]]:
    for label, count in BEFORE_THE_RULE.items():
        package = import_module(f"{apps.get_app_config(label).name}.migrations")
        names = sorted(each.name for each in iter_modules(package.__path__) if each.name[0].isdigit())
        for name in names[count:]:
            yield f"{label}.{name}", import_module(f"{package.__name__}.{name}").Migration


def find_faults(migration: Any) -> Iterator[str]:
    is_contract = bool(getattr(migration, "contracts", ""))
    made = {each.name.lower() for each in migration.operations if isinstance(each, migrations.CreateModel)}
    for operation in migration.operations:
        if getattr(operation, "model_name", "").lower() not in made:
            fault = _find_fault(operation, is_contract=is_contract)
            if fault:
                yield f"{operation.describe()}: {fault}"


def _find_fault(operation: Any, *, is_contract: bool) -> str:
    match operation:
        case migrations.AddField(field=field) if not _may_be_left_out(field):
            return "code that does not know the column cannot insert; give it db_default"
        case migrations.AddIndex() if operation.model_name.lower() in LARGE:
            return "build it with CREATE INDEX CONCURRENTLY on PostgreSQL"
        case migrations.AddConstraint() if operation.model_name.lower() in LARGE:
            return "add it NOT VALID, then validate it in a migration of its own"
        case _ if isinstance(operation, TAKES_AWAY) and not is_contract:
            return "the version before still uses it; say in `contracts` which one stopped"
    return ""


def _may_be_left_out(field: Any) -> bool:
    return field.null or field.db_default is not NOT_PROVIDED or field.many_to_many is True


def test_every_migration_runs_beside_the_code_before_it() -> None:
    faults = {name: found for name, each in _list_migrations() if (found := list(find_faults(each)))}
    assert not faults


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (migrations.AddField("job", "x", models.IntegerField(default=1)), "db_default"),
        (migrations.RemoveField("job", "x"), "contracts"),
        (migrations.RenameField("job", "x", "y"), "contracts"),
        (migrations.AddIndex("version", models.Index(fields=["object"], name="x")), "CONCURRENTLY"),
    ],
)
def test_what_would_break_the_code_before_is_found(operation: Any, said: str) -> None:
    migration = type("Migration", (), {"operations": [operation]})
    [fault] = find_faults(migration)
    assert said in fault


def test_taking_away_later_and_adding_with_a_default_are_fine() -> None:
    later = type("Migration", (), {"operations": [migrations.RemoveField("job", "x")], "contracts": "0.3"})
    added = migrations.AddField("job", "x", models.IntegerField(db_default=1))
    assert not list(find_faults(later))
    assert not list(find_faults(type("Migration", (), {"operations": [added]})))


@pytest.mark.django_db(databases="__all__")
def test_models_and_migrations_agree() -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
