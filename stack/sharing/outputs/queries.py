"""Which outputs an organisation has, their keys, and what came out of each last."""

from collections.abc import Iterable

import msgspec

from stack.accounts.models import Membership
from stack.accounts.principal import Permission, Principal
from stack.core.errors import NotFound
from stack.sharing.collections.queries import list_collections
from stack.sharing.exporting.formats import list_exporters
from stack.sharing.exporting.losses import Loss
from stack.sharing.exporting.records import Choice
from stack.sharing.outputs.models import Output, OutputKey, OutputRun
from stack.sharing.outputs.records import LastRun, OutputKeyRow, OutputRow


def list_outputs(principal: Principal) -> list[OutputRow]:
    """Those of the principal's organisation, by title."""
    principal.require(Permission.READ)
    rows = Output.objects.filter(organisation_id=principal.organisation_id).order_by("title", "id")
    return describe_outputs(principal, rows)


def get_output(principal: Principal, output_id: int) -> OutputRow:
    """NotFound where the principal's organisation has none of this number."""
    principal.require(Permission.READ)
    rows = Output.objects.filter(organisation_id=principal.organisation_id, pk=output_id)
    found = describe_outputs(principal, rows)
    if not found:
        raise NotFound(
            f"Your organisation has no output {output_id}", remedy="“stack output list” shows them."
        )
    return found[0]


def name_file(row: Output) -> str:
    """The last part of the address, which says nothing but the format."""
    exporter = list_exporters().get(row.format)
    return f"{row.format}.{exporter.extension if exporter else 'txt'}"


def describe_outputs(principal: Principal, outputs: Iterable[Output]) -> list[OutputRow]:
    rows = list(outputs)
    titles = {each.id: each.title for each in list_collections(principal) if each.can_read}
    keys = _list_keys(principal, rows)
    runs: dict[int, LastRun] = {}
    for run in OutputRun.objects.filter(output__in=rows).order_by("ran_at"):
        runs[run.output_id] = _read_run(run)
    return [_describe(row, titles, keys.get(row.pk, ()), runs.get(row.pk)) for row in rows]


def _describe(
    row: Output, titles: dict[int, str], keys: Iterable[OutputKeyRow], last_run: LastRun | None
) -> OutputRow:
    exporter = list_exporters().get(row.format)
    filename = name_file(row)
    return OutputRow(
        id=row.pk,
        uid=row.uid,
        title=row.title,
        description=row.description,
        format=row.format,
        format_title=exporter.title if exporter else row.format,
        options=dict(row.options),
        query=row.query,
        collection_id=row.collection_id,
        collection="" if row.collection_id is None else titles.get(row.collection_id, ""),
        types=tuple(row.types),
        minimum_confidence=row.minimum_confidence,
        tlp_ceiling=row.tlp_ceiling,
        known_good=msgspec.convert(row.known_good, Choice),
        invalid=msgspec.convert(row.invalid, Choice),
        organisation_id=row.organisation_id,
        created_at=row.created_at,
        changed_at=row.changed_at,
        filename=filename,
        path=f"/outputs/{row.uid}/{filename}",
        keys=tuple(keys),
        last_run=last_run,
    )


def _list_keys(principal: Principal, outputs: list[Output]) -> dict[int, list[OutputKeyRow]]:
    """Of each output its keys that are not revoked, newest first."""
    members = Membership.objects.filter(organisation_id=principal.organisation_id)
    ceilings = dict(members.values_list("user_id", "tlp_ceiling"))
    found: dict[int, list[OutputKeyRow]] = {}
    rows = OutputKey.objects.filter(output__in=outputs, key__revoked_at=None)
    for row in rows.select_related("key__user").order_by("-key_id"):
        key = row.key
        found.setdefault(row.output_id, []).append(
            OutputKeyRow(
                id=key.pk,
                name=key.name,
                prefix=key.prefix,
                owner=key.user.get_username(),
                networks=tuple(key.networks),
                tlp_ceiling=min(key.tlp_ceiling, ceilings.get(key.user_id, 0)),
                created_at=key.created_at,
                expires_at=key.expires_at,
                fetched_at=row.fetched_at,
                last_used_from=key.last_used_from,
                fetches=row.fetches,
            )
        )
    return found


def _read_run(row: OutputRun) -> LastRun:
    report = row.report
    return LastRun(
        ran_at=row.ran_at,
        made_at=row.made_at,
        size=row.size,
        items=row.items,
        entries=row.entries,
        left_out=msgspec.convert(report.get("left_out", []), tuple[tuple[str, int], ...]),
        losses=msgspec.convert(report.get("losses", []), tuple[Loss, ...]),
    )
