"""Makes, changes and ends outputs, and makes the keys that open them."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any, get_args

import msgspec

from stack.accounts.models import ApiKey
from stack.accounts.names import bad_field, read_name
from stack.accounts.operations import create_key
from stack.accounts.operations.keys import end_keys
from stack.accounts.principal import Permission, Principal
from stack.accounts.transactions import writing
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import NotFound
from stack.search.query_language import parse_query
from stack.sharing.exporting.choosing import find_readable
from stack.sharing.exporting.formats import find_exporter, read_options
from stack.sharing.exporting.records import Choice, ExportRequest
from stack.sharing.outputs.models import Output, OutputRun
from stack.sharing.outputs.queries import describe_outputs, name_file
from stack.sharing.outputs.records import NewOutputKey, OutputRow
from stack.stix.markings import TlpLevel

_LONGEST_TEXT = 5000
_LONGEST_TYPE = 250
_MOST_TYPES = 100


def create_output(
    principal: Principal, *, title: str, request: ExportRequest, description: str = ""
) -> OutputRow:
    """A new output of the principal's organisation; its keys are made apart. Needs MANAGE_SHARING.

    `request` needs a query or a collection that the principal may read; its `title` and `since` count for
    nothing. BadInput names each field that cannot be.
    """
    principal.require(Permission.MANAGE_SHARING)
    now = now_us()
    row = Output(
        uid=secrets.token_hex(8),
        organisation_id=principal.organisation_id,
        title=read_name(title, field="title"),
        description=_expect_text(description),
        created_at=now,
        changed_at=now,
        **_expect_request(principal, request),
    )
    with writing():
        row.save()
        _record(principal, "output.create", row, after=_audit(row))
    return describe_outputs(principal, [row])[0]


def change_output(
    principal: Principal,
    output_id: int,
    *,
    title: str | None = None,
    description: str | None = None,
    request: ExportRequest | None = None,
) -> OutputRow:
    """None leaves a field as it is; addresses and keys stay. Needs MANAGE_SHARING."""
    with writing():
        row = _lock_own(principal, output_id)
        before = _audit(row)
        if title is not None:
            row.title = read_name(title, field="title")
        if description is not None:
            row.description = _expect_text(description)
        if request is not None:
            for name, value in _expect_request(principal, request).items():
                setattr(row, name, value)
        if before != _audit(row):
            row.changed_at = now_us()
            row.save()
            OutputRun.objects.filter(output=row).delete()
            _record(principal, "output.change", row, before=before, after=_audit(row))
    return describe_outputs(principal, [row])[0]


def delete_output(principal: Principal, output_id: int) -> None:
    """Its address answers nothing any more, and its keys are revoked. Needs MANAGE_SHARING."""
    with writing():
        row = _lock_own(principal, output_id)
        end_keys(principal, ApiKey.objects.filter(pk__in=row.keys.values("key_id")))
        _record(principal, "output.delete", row, before=_audit(row))
        row.delete()


def create_output_key(
    principal: Principal,
    output_id: int,
    *,
    name: str,
    expires_at: int | None = None,
    networks: Iterable[str] = (),
    tlp_ceiling: int | None = None,
    member_id: int | None = None,
) -> NewOutputKey:
    """A key that opens this output alone, as its member and never beyond: `accounts.operations.create_key`
    says what the arguments are. Needs OUTPUTS, and a session."""
    principal.require(Permission.OUTPUTS)
    with writing():
        row = _find_own(principal, output_id)
        made = create_key(
            principal,
            name=name,
            expires_at=expires_at,
            scopes=(Permission.OUTPUTS,),
            networks=networks,
            tlp_ceiling=tlp_ceiling,
            member_id=member_id,
        )
        row.keys.create(key_id=made.id)
        _record(principal, "output.create-key", row, after={"key": made.id, "prefix": made.prefix})
    path = f"/outputs/{row.uid}/{made.key}/{name_file(row)}"
    return NewOutputKey(id=made.id, key=made.key, prefix=made.prefix, path=path)


def request_of(row: Output) -> ExportRequest:
    """What the output exports."""
    return ExportRequest(
        format=row.format,
        query=row.query,
        collection="" if row.collection_id is None else str(row.collection_id),
        types=tuple(row.types),
        options=row.options,
        minimum_confidence=row.minimum_confidence,
        tlp_ceiling=row.tlp_ceiling,
        known_good=msgspec.convert(row.known_good, Choice),
        invalid=msgspec.convert(row.invalid, Choice),
        title=row.title,
    )


def _expect_request(principal: Principal, request: ExportRequest) -> dict[str, Any]:
    """The columns of a request that can be met."""
    if bool(request.query.strip()) == bool(request.collection):
        raise bad_field("query", "expected a query or a collection, one of the two (“*” finds everything)")
    read_options(find_exporter(request.format), request.options)
    parse_query(request.query)
    if not 0 <= request.minimum_confidence <= 100:
        raise bad_field("minimum_confidence", "expected 0 to 100")
    if request.tlp_ceiling is not None and request.tlp_ceiling not in set(TlpLevel):
        raise bad_field("tlp_ceiling", "expected a TLP level from clear to red")
    if len(request.types) > _MOST_TYPES or any(not 0 < len(each) <= _LONGEST_TYPE for each in request.types):
        raise bad_field("types", f"expected at most {_MOST_TYPES} STIX types")
    for field in ("known_good", "invalid"):
        if getattr(request, field) not in get_args(Choice):
            raise bad_field(field, f"expected one of {', '.join(get_args(Choice))}")
    collection = find_readable(principal, request.collection) if request.collection else None
    return {
        "format": request.format,
        "options": dict(request.options),
        "query": request.query.strip(),
        "collection_id": None if collection is None else collection.id,
        "types": sorted(set(request.types)),
        "minimum_confidence": request.minimum_confidence,
        "tlp_ceiling": None if request.tlp_ceiling is None else int(request.tlp_ceiling),
        "known_good": request.known_good,
        "invalid": request.invalid,
    }


def _expect_text(text: str) -> str:
    if len(text) > _LONGEST_TEXT or "\x00" in text:
        raise bad_field("description", f"expected at most {_LONGEST_TEXT} characters, none of them NUL")
    return text.strip()


def _lock_own(principal: Principal, output_id: int) -> Output:
    principal.require(Permission.MANAGE_SHARING)
    return _find_own(principal, output_id, is_locked=True)


def _find_own(principal: Principal, output_id: int, *, is_locked: bool = False) -> Output:
    rows = Output.objects.select_for_update() if is_locked else Output.objects
    row = rows.filter(pk=output_id, organisation_id=principal.organisation_id).first()
    if row is None:
        raise NotFound(
            f"Your organisation has no output {output_id}", remedy="“stack output list” shows them."
        )
    return row


def _audit(row: Output) -> dict[str, Any]:
    names = ("title", "format", "options", "query", "collection_id", "types", "minimum_confidence")
    said: dict[str, Any] = {
        name: getattr(row, name) for name in (*names, "tlp_ceiling", "known_good", "invalid")
    }
    return said | {"description": row.description[:200]}


def _record(
    principal: Principal,
    name: str,
    row: Output,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    record_act(
        Act(
            name=name,
            actor=principal,
            object_kind="output",
            object_id=str(row.pk),
            before=before or {},
            after=after or {},
        )
    )
