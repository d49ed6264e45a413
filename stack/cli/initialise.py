"""What must be there before anything else works: data folder, keys, tables, first administrator."""

import fcntl
import os
import pkgutil
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from stack.cli.unfinished import refuse_unfinished
from stack.core.errors import Unavailable

SETTINGS = "stack.config.settings"
_FIRST_MIGRATION = "jobs.0001_initial"


def start_django() -> None:
    """Load the settings (by name: the composition root is nobody's import) and the applications."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django

    django.setup()


def initialise(*, wait_s: float = 0) -> list[str]:
    """Create what is missing and say what it was; an empty list when there was nothing to do.

    Two processes may do this at once: one waits for the other. Needs `start_django`. Waits `wait_s` seconds
    for a database that does not answer yet.
    """
    from django.conf import settings

    from stack.cli.migrating import alone_in_database, wait_for_database

    done = _create_data_folder(settings.DATA)
    refuse_unfinished(settings.DATA)
    _close_to_others(settings.DATA)
    with _alone(settings.DATA / "init.lock"):
        done += _create_secret_key(settings.DATA / "secret.key")
        wait_for_database(wait_s)
        with alone_in_database():
            is_new = _FIRST_MIGRATION in list_pending_migrations()
            done += _apply_migrations()
            if is_new:
                _note_backfills()
            done += _prepare_vault()
            done += _create_first_administrator()
    return done


def _create_data_folder(folder: Path) -> list[str]:
    if folder.is_dir():
        return []
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise Unavailable(
            f"{folder}: cannot create the data folder: {error.strerror}",
            remedy="Set STACK_DATA to a folder that you may write to.",
        ) from None
    return [f"data folder {folder}"]


def _close_to_others(folder: Path) -> None:
    """Only the owner reads what is inside, also where somebody else made the folder, open as folders are.

    SQLite gives its log the permissions of the database. Not being the owner is no reason to stop.
    """
    from django.db import connection

    with suppress(OSError):
        for name in ("artifacts", "index"):
            (folder / name).mkdir(mode=0o700, exist_ok=True)
            (folder / name).chmod(0o700)
        if connection.vendor == "sqlite":
            path = Path(connection.settings_dict["NAME"])
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            for part in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
                if part.exists():
                    part.chmod(0o600)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise Unavailable(
            f"{path.parent}: cannot write to the data folder: {error.strerror}",
            remedy="Run Stack as the owner of the folder, or set STACK_DATA to another one.",
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _create_secret_key(path: Path) -> list[str]:
    """Sessions and links are signed with it; who reads it can forge them, so only the owner may."""
    from django.conf import settings

    if os.environ.get("STACK_SECRET_KEY") or os.environ.get("STACK_SECRET_KEY_FILE"):
        return []
    created = not path.exists()
    if created:
        draft = path.with_name("secret.key.new")
        descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    # The settings were read before the file was there; everything started from here on signs with it.
    settings.SECRET_KEY = path.read_text(encoding="ascii").strip()
    return [f"secret key {path}"] if created else []


def list_pending_migrations() -> list[str]:
    """Migrations that this version brings and the database lacks, as `app.name`.

    Compares names only: loading every migration, as Django's own check does, costs a command 100 ms.
    """
    from django.apps import apps
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    applied = set(MigrationRecorder(connection).applied_migrations())
    brought = []
    for app in apps.get_app_configs():
        if find_spec(f"{app.name}.migrations") is None:
            continue
        package = import_module(f"{app.name}.migrations")
        names = (module.name for module in pkgutil.iter_modules(package.__path__))
        brought += [(app.label, name) for name in names if not name.startswith("_")]
    return sorted(f"{label}.{name}" for label, name in brought if (label, name) not in applied)


def _apply_migrations() -> list[str]:
    from stack.cli.migrating import apply_migrations

    pending = list_pending_migrations()
    if not pending:
        return []
    apply_migrations()
    return [f"database tables ({len(pending)} migrations)"]


def _note_backfills() -> None:
    """In a new database there is nothing to derive anew; in any other the runner queues what there is."""
    from stack.jobs.backfills import note_all_done

    note_all_done()


def _prepare_vault() -> list[str]:
    """Its key is looked at by every command, so that none writes with a wrong one."""
    from stack.vault.operations import prepare_vault

    return prepare_vault()


def _create_first_administrator() -> list[str]:
    from stack.accounts.models import Membership
    from stack.accounts.operations import ensure_first_organisation
    from stack.accounts.roles import Role

    if Membership.objects.filter(role=Role.PLATFORM_ADMIN).exists():
        return []
    user = ensure_first_organisation()
    return [f"organisation “{user.organisation}” with the administrator “{user.get_username()}”"]
