"""Moves an embedded installation from SQLite to PostgreSQL: every row of every table, proven afterwards.

Nothing else may use the data folder meanwhile. The file stays as it was, so a move that was cut begins anew.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from stack.cli.safekeeping.engines.base import Snapshot, read_applied
from stack.cli.safekeeping.engines.choice import explaining_faults, open_snapshot
from stack.cli.safekeeping.files import CHECKPOINT_FILE
from stack.cli.safekeeping.lines import TableDigest
from stack.cli.safekeeping.loading import (
    apply_migrations,
    check_columns,
    compare_rows,
    find_rows,
    finish_migrations,
    load_rows,
)
from stack.cli.safekeeping.making import Say
from stack.cli.safekeeping.places import Place, current_place, working_on
from stack.cli.safekeeping.proving import prove_audit_log, prove_vault
from stack.cli.safekeeping.putting import DATABASE, require_alone
from stack.cli.safekeeping.restoring import alone_in
from stack.cli.safekeeping.tables import Table, list_tables
from stack.cli.safekeeping.unfit import Fitting
from stack.core.acts import Act, record_act
from stack.core.errors import Conflict, NotFound

if TYPE_CHECKING:
    from stack.cli.safekeeping.engines.schemas import Staging


@dataclass(frozen=True, slots=True)
class MoveReport:
    """`replaced` counts values by column that PostgreSQL would not have kept as they were."""

    place: str
    rows: int
    objects: int
    tables: dict[str, int]
    audit_entries: int
    seconds: float
    replaced: dict[str, int]


def move_installation(*, replace: bool, replace_nul: bool, say: Say) -> MoveReport:
    """Fills the PostgreSQL that the settings name from the SQLite file in the data folder.

    `Conflict` where somebody uses the folder, or where rows are there already and `replace` is not set;
    `BadInput` names a value that PostgreSQL does not keep, unless `replace_nul` is set.
    """
    from django.conf import settings

    from stack.cli.safekeeping.engines.schemas import Staging

    begun = monotonic()
    data, target = Path(settings.DATA), current_place()
    source = Place({"ENGINE": "sqlite", "NAME": str(data / DATABASE)})
    if not source.path.exists():
        raise NotFound(f"There is no {source.path}", remedy="Set STACK_DATA to the installation to be moved.")
    with ExitStack() as stack:
        stack.enter_context(alone_in(data))
        require_alone(source)
        if not replace and (found := find_rows(target)):
            raise Conflict(
                f"{target.title} holds an installation already ({found} has rows)",
                remedy="Name an empty database, or --replace what is there.",
            )
        snapshot = stack.enter_context(closing(open_snapshot(source, alone=True)))
        staging = stack.enter_context(closing(Staging(target)))
        fitting = Fitting(may_replace=replace_nul)
        digests, entries = _fill(snapshot, staging, fitting, data=data, say=say)
        staging.take_place()
    tables = {name: digest.rows for name, digest in digests.items()}
    report = MoveReport(
        place=target.title,
        rows=sum(tables.values()),
        objects=tables.get("store_object", 0),
        tables=tables,
        audit_entries=entries,
        seconds=round(monotonic() - begun, 2),
        replaced=fitting.replaced,
    )
    _record(report)
    return report


def _fill(
    snapshot: Snapshot, staging: "Staging", fitting: Fitting, *, data: Path, say: Say
) -> tuple[dict[str, TableDigest], int]:
    applied = read_applied(snapshot)
    tables = list_tables(applied)
    check_columns(snapshot, tables)
    with explaining_faults(staging.place), working_on(staging.place):
        apply_migrations(applied)
        say("copying")
        digests = load_rows(
            staging.place,
            tables,
            pieces=_iterate_rows(snapshot, tables),
            sequences=snapshot.read_sequences(tables),
            fitting=fitting,
        )
        say("reading it back")
        compare_rows(staging.place, tables, digests)
        finish_migrations()
        prove_vault()
        entries = prove_audit_log(data / CHECKPOINT_FILE, accept_broken=False)
    return digests, entries


def _iterate_rows(snapshot: Snapshot, tables: Sequence[Table]) -> Iterator[tuple[Table, bytes]]:
    for table in tables:
        for lines in snapshot.stream(table):
            yield table, lines


def _record(report: MoveReport) -> None:
    from django.db import transaction

    from stack.accounts.queries import local_principal

    with transaction.atomic():
        record_act(
            Act(
                "backup.move",
                local_principal(),
                object_kind="database",
                object_id="postgresql",
                after={"rows": report.rows, "replaced": report.replaced},
                is_security=True,
            )
        )
