"""Make, show and rotate the keys that seal secrets.

The running server needs no stop: it goes on with the new key by itself.
"""

import argparse
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stack.accounts.roles import Permission
from stack.cli.arguments import add_actions, add_output_options
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Column, Output

if TYPE_CHECKING:
    from stack.vault.queries import VaultStatus
    from stack.vault.rotation import DataRotation, KeyRotation

# `init` makes the first administrator, so nobody can be asked for a permission.
NEEDS: dict[str, Permission | None] = {
    "init": None,
    "status": Permission.ADMINISTER,
    "rotate": Permission.ADMINISTER,
}
_COLUMNS = [
    Column("id"),
    Column("purpose"),
    Column("state"),
    Column("created"),
    Column("values", numeric=True),
    Column("key_encryption_key", flexible=True),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = add_actions(parser)
    creation = actions.add_parser("init", help="make the vault's keys where there are none")
    creation.add_argument(
        "--file", metavar="PATH", help="only write a new key file there, for STACK_VAULT_KEY_FILE"
    )
    add_output_options(creation, lines=False)
    add_output_options(
        actions.add_parser("status", help="which keys there are, and what is under them"), lines=False
    )
    rotation = actions.add_parser("rotate", help="seal everything anew under a new data key")
    rotation.add_argument(
        "--key-encryption-key",
        action="store_true",
        help="instead, wrap the data keys by a new key-encryption key",
    )
    add_output_options(rotation, lines=False)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.choice import require_local

    require_local("stack keys")
    if arguments.action == "init":
        return _write_key_file(arguments.file, output) if arguments.file else _initialise(output)
    if arguments.action == "status":
        return _show_status(output)
    return _rotate(output, key_encryption=arguments.key_encryption_key)


def _write_key_file(path: str, output: Output) -> int:
    """Needs no settings: in production nothing else starts before this file is there."""
    from pathlib import Path

    from stack.core.errors import Conflict
    from stack.vault.local_keys import create_key_file, make_key

    if not create_key_file(Path(path), make_key()):
        raise Conflict(
            f"{path} is there already", remedy="It may be the key of a vault: choose another name."
        )
    if output.is_json:
        output.write_json({"file": path})
    else:
        output.note(f"made {path}; set STACK_VAULT_KEY_FILE to it, and keep a copy apart from the database")
    return ExitCode.OK


def _initialise(output: Output) -> int:
    from stack.cli.initialise import initialise, start_django

    start_django()
    created = initialise()
    if output.is_json:
        output.write_json({"created": created})
    for thing in [] if output.is_json else created:
        output.note(f"created {thing}")
    return ExitCode.OK


def _show_status(output: Output) -> int:
    """Also of a vault that does not open: then there is nobody to ask for a permission but the machine."""
    from stack.cli.initialise import list_pending_migrations, start_django
    from stack.core.errors import Unavailable

    start_django()
    from stack.vault.queries import read_status

    if any(name.startswith("vault.") for name in list_pending_migrations()):
        raise Unavailable("The vault is not made yet", remedy="“stack init” makes it.")
    _require_administrator()
    status = read_status()
    if output.is_json:
        output.write_json(_describe_status(status))
    else:
        _print_status(status, output)
    return ExitCode.OK if status.lock.is_open else ExitCode.UNAVAILABLE


def _require_administrator() -> Any:
    from stack.accounts.queries import local_principal

    principal = local_principal()
    principal.require(Permission.ADMINISTER)
    return principal


def _describe_status(status: "VaultStatus") -> dict[str, Any]:
    keys = [
        asdict(key) | {"created_at": _show_time(key.created_at), "retired_at": _show_time(key.retired_at)}
        for key in status.keys
    ]
    return asdict(status.lock) | {"keys": keys, "columns": [asdict(column) for column in status.columns]}


def _print_status(status: "VaultStatus", output: Output) -> None:
    lock = status.lock
    output.write_pairs(
        [
            ("vault", "open" if lock.is_open else "locked"),
            ("key-encryption key", lock.key_encryption_id),
            ("comes from", lock.source),
        ]
    )
    output.write_table(
        _COLUMNS,
        [
            (key.id, key.purpose, key.state, _show_time(key.created_at), key.values, key.key_encryption_id)
            for key in status.keys
        ],
    )
    for column in status.columns:
        output.note(f"{column.table}.{column.field}: {column.values} sealed, {column.outdated} to seal anew")
    for text in filter(None, (lock.problem, lock.warning)):
        output.warn(f"stack: {text}")
        output.warn(f"  → {lock.remedy}")


def _show_time(moment: int | None) -> str | None:
    """RFC 3339, to the second."""
    return None if moment is None else datetime.fromtimestamp(moment // 1_000_000, UTC).isoformat()


def _rotate(output: Output, *, key_encryption: bool) -> int:
    from stack.cli.backend.choice import start_local

    start_local()
    from stack.vault.rotation import rotate_data_key, rotate_key_encryption

    principal = _require_administrator()
    if key_encryption:
        return _tell_key_rotation(rotate_key_encryption(principal), output)
    return _tell_data_rotation(rotate_data_key(principal), output)


def _tell_key_rotation(rotation: "KeyRotation", output: Output) -> int:
    if output.is_json:
        output.write_json(asdict(rotation))
        return ExitCode.OK
    output.write_line(f"{rotation.rewrapped} data keys are under {rotation.after} now, not {rotation.before}")
    output.warn(f"  → {rotation.todo}")
    return ExitCode.OK


def _tell_data_rotation(rotation: "DataRotation", output: Output) -> int:
    if output.is_json:
        output.write_json(asdict(rotation))
    else:
        output.write_line(
            f"data key {rotation.data_key} seals now; values sealed anew: {rotation.resealed}, "
            f"keys retired: {len(rotation.retired)}"
        )
        _tell_failed(rotation.failed, output)
    return ExitCode.PARTLY_DONE if rotation.failed else ExitCode.OK


def _tell_failed(failed: Iterable[tuple[str, str, str]], output: Output) -> None:
    for table, field, row in failed:
        output.warn(f"stack: {table}.{field} of row {row} does not open: it was altered or moved")
