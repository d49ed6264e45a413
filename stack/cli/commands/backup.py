"""Write everything into one archive while the server goes on, or check an archive.

“stack backup PATH” writes it; where PATH is a folder, the archive is named after the moment. “stack backup
verify PATH” reads one to its end and compares it with its manifest. An archive holds all data; sealed secrets
in it open with the vault's key only, which --keys writes to a file of its own: keep the two apart.
"""

import argparse
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from stack.accounts.roles import Permission
from stack.cli.arguments import add_output_options
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Output
from stack.core.errors import BadInput

if TYPE_CHECKING:
    from stack.cli.safekeeping.making import BackupReport

NEEDS: dict[str, Permission | None] = {"": Permission.ADMINISTER, "verify": None}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", help="the archive to write, or the word “verify”")
    parser.add_argument("archive", metavar="ARCHIVE", nargs="?", help="the archive to verify")
    keys = parser.add_mutually_exclusive_group()
    keys.add_argument("--keys", metavar="FILE", help="write the keys to this file, to be kept apart")
    keys.add_argument("--with-keys", action="store_true", help="put the keys into the archive")
    parser.add_argument("--without-artifacts", action="store_true", help="leave stored files out")
    add_output_options(parser, lines=False)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.choice import require_local

    require_local("stack backup")
    if arguments.path == "verify" and arguments.archive is not None:
        return _verify(Path(arguments.archive), output)
    if arguments.archive is not None:
        raise BadInput(
            f"{arguments.archive!r} is one word too many", remedy="One archive is written at a time."
        )
    return _make(arguments, output)


def _make(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.backend.choice import start_local

    start_local()
    from stack.accounts.queries import local_principal
    from stack.cli.safekeeping.making import BackupOptions, make_backup, record_backup

    principal = local_principal()
    principal.require(Permission.ADMINISTER)
    options = BackupOptions(
        with_artifacts=not arguments.without_artifacts,
        with_keys=arguments.with_keys,
        keys_path=Path(arguments.keys) if arguments.keys else None,
    )
    report = make_backup(_name_archive(Path(arguments.path)), options, say=output.note)
    record_backup(principal, report)
    _tell(report, arguments, output)
    return ExitCode.PARTLY_DONE if report.missing else ExitCode.OK


def _name_archive(path: Path) -> Path:
    if path.is_dir():
        return path / f"stack-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.tar.zst"
    return path


def _tell(report: "BackupReport", arguments: argparse.Namespace, output: Output) -> None:
    if output.is_json:
        output.write_json(asdict(report))
    else:
        output.write_pairs(
            [
                ("archive", report.path),
                ("size", f"{report.size:,} bytes, of {report.bytes:,}"),
                ("rows", report.rows),
                ("objects", report.objects),
                ("files", report.files),
                ("seconds", report.seconds),
            ]
        )
    if arguments.with_keys:
        output.warn("stack: the archive holds the keys: whoever reads it opens every sealed secret")
    elif arguments.keys:
        output.note(f"the keys are in {arguments.keys}: keep it apart from the archive")
    else:
        output.note(f"to restore it, the vault's key {report.key_encryption_id} is needed: keep it elsewhere")
    for thing in report.missing:
        output.warn(f"stack: {thing} is gone, and only its row is in the archive")


def _verify(path: Path, output: Output) -> int:
    from stack.cli.safekeeping.archive import check_archive

    archive = check_archive(path)
    manifest = archive.manifest
    made = datetime.fromtimestamp(manifest.created_at / 1e6, UTC).isoformat(timespec="seconds")
    said = {
        "archive": str(path),
        "made": made,
        "version": manifest.version,
        "database": manifest.database,
        "rows": manifest.rows,
        "objects": manifest.count_rows("store_object"),
        "files": len(manifest.files),
        "bytes": manifest.size,
        "key_encryption_id": manifest.key_encryption_id,
        "holds_keys": archive.keys is not None,
    }
    if output.is_json:
        output.write_json(said)
    else:
        output.write_pairs((name, str(value)) for name, value in said.items())
        output.note(
            "every part is what the manifest says; a restore checks the signature with the vault's key"
        )
    return ExitCode.OK
