"""Exports and outputs for the command line: of this data folder, or of a server through its REST API.

Both answer with the members that the REST API documents (docs/api.md).
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from stack.cli.backend.choice import is_remote, read_token, start_local

Document = dict[str, Any]
_PAGE = 1000
_TLP = ("clear", "green", "amber", "amber+strict", "red")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportQuestion:
    """What to export; the names are those of the REST API."""

    format: str = "stix"
    query: str = ""
    collection: str = ""
    types: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    min_confidence: int = 0
    tlp_ceiling: str | None = None
    known_good: str = "default"
    invalid: str = "default"
    since: str = ""


@dataclass(frozen=True, slots=True)
class OutputKeyDraft:
    """`expires_at` is an RFC 3339 time, `tlp_ceiling` a level by its name."""

    name: str
    expires_at: str | None
    networks: tuple[str, ...]
    tlp_ceiling: str | None
    member_id: int | None


class Exports(Protocol):
    """What `stack export` and `stack output` ask."""

    def export(self, question: ExportQuestion) -> Iterator[bytes]: ...
    def report(self, question: ExportQuestion) -> Document:
        """What was left out and lost, and the cursor. Of the export that was just read, where it was made
        here; a server converts all of it once more."""

    def list_formats(self) -> list[Document]: ...
    def list_outputs(self) -> list[Document]: ...
    def get_output(self, output_id: int) -> Document: ...
    def create_output(self, draft: Document) -> Document: ...
    def change_output(self, output_id: int, draft: Document) -> Document: ...
    def delete_output(self, output_id: int) -> None: ...
    def create_key(self, output_id: int, draft: OutputKeyDraft) -> Document: ...
    def locate(self, path: str) -> str:
        """The address of a path on the server; the path alone where nothing says its name."""


def open_exports() -> Exports:
    if is_remote():
        return RemoteExports(os.environ["STACK_URL"].strip(), read_token())
    start_local()
    return LocalExports()


class RemoteExports:
    """What the principal of the token may see and do there."""

    def __init__(self, address: str, token: str) -> None:
        from stack.cli.backend.http import Client

        self._client = Client(address, token)

    def export(self, question: ExportQuestion) -> Iterator[bytes]:
        return self._client.stream("/export", self._ask(question))

    def report(self, question: ExportQuestion) -> Document:
        return dict(self._client.get("/export/losses", self._ask(question)))

    @staticmethod
    def _ask(question: ExportQuestion) -> dict[str, Any]:
        return {
            "format": question.format,
            "q": question.query,
            "collection": question.collection,
            "type": question.types,
            "option": [f"{name}:{value}" for name, value in question.options.items()],
            "min_confidence": question.min_confidence,
            "tlp_ceiling": question.tlp_ceiling,
            "known_good": question.known_good,
            "invalid": question.invalid,
            "since": question.since,
        }

    def list_formats(self) -> list[Document]:
        return list(self._client.get("/export/formats")["items"])

    def list_outputs(self) -> list[Document]:
        found: list[Document] = []
        after = None
        while True:
            page = self._client.get("/outputs", {"limit": _PAGE, "after": after})
            found += page["items"]
            after = page["next"]
            if after is None:
                return found

    def get_output(self, output_id: int) -> Document:
        return dict(self._client.get(f"/outputs/{output_id}"))

    def create_output(self, draft: Document) -> Document:
        return dict(self._client.post("/outputs", draft))

    def change_output(self, output_id: int, draft: Document) -> Document:
        return dict(self._client.patch(f"/outputs/{output_id}", draft))

    def delete_output(self, output_id: int) -> None:
        self._client.delete(f"/outputs/{output_id}")

    def create_key(self, output_id: int, draft: OutputKeyDraft) -> Document:
        return dict(self._client.post(f"/outputs/{output_id}/keys", asdict(draft)))

    def locate(self, path: str) -> str:
        return self._client.root + path


class LocalExports:
    """The same answers, as the administrator of the data folder."""

    def __init__(self) -> None:
        from stack.accounts.queries import local_principal

        self._principal = local_principal()
        self._made: tuple[ExportQuestion, Any] | None = None

    def export(self, question: ExportQuestion) -> Iterator[bytes]:
        from stack.sharing.exporting.operations import export

        self._refresh(question)
        made = export(self._principal, _read_question(question))
        self._made = (question, made)
        return made.pieces

    def report(self, question: ExportQuestion) -> Document:
        from stack.sharing.exporting.operations import run_for_report

        if self._made is not None and self._made[0] is question:
            return _describe_report(self._made[1].report())
        self._refresh(question)
        return _describe_report(run_for_report(self._principal, _read_question(question)))

    @staticmethod
    def _refresh(question: ExportQuestion) -> None:
        """What was committed before this call is found."""
        if question.query or question.collection:
            from stack.search.indexer import ensure_fresh

            ensure_fresh()
        if question.collection:
            from stack.sharing.collections.collector import catch_up

            catch_up()

    def list_formats(self) -> list[Document]:
        from stack.sharing.exporting.formats import describe_formats

        return [
            {
                "name": row.name,
                "title": row.title,
                "media_type": row.media_type,
                "extension": row.extension,
                "is_block_list": row.is_block_list,
                "has_deltas": row.has_removals,
                "options": [asdict(each) | {"values": list(each.values)} for each in row.options],
            }
            for row in describe_formats()
        ]

    def list_outputs(self) -> list[Document]:
        from stack.sharing.outputs.queries import list_outputs

        return [_describe_output(row) for row in list_outputs(self._principal)]

    def get_output(self, output_id: int) -> Document:
        from stack.sharing.outputs.queries import get_output

        return _describe_output(get_output(self._principal, output_id))

    def create_output(self, draft: Document) -> Document:
        from stack.sharing.exporting.records import ExportRequest
        from stack.sharing.outputs.operations import create_output

        asked = _apply(ExportRequest(), draft)
        row = create_output(
            self._principal,
            title=draft["title"],
            description=draft.get("description", ""),
            request=asked,
        )
        return _describe_output(row)

    def change_output(self, output_id: int, draft: Document) -> Document:
        from stack.sharing.outputs.operations import change_output
        from stack.sharing.outputs.queries import get_output

        row = change_output(
            self._principal,
            output_id,
            title=draft.get("title"),
            description=draft.get("description"),
            request=_apply(get_output(self._principal, output_id).request, draft),
        )
        return _describe_output(row)

    def delete_output(self, output_id: int) -> None:
        from stack.sharing.outputs.operations import delete_output

        delete_output(self._principal, output_id)

    def create_key(self, output_id: int, draft: OutputKeyDraft) -> Document:
        from stack.cli.backend.local import read_instant
        from stack.sharing.outputs.operations import create_output_key

        made = create_output_key(
            self._principal,
            output_id,
            name=draft.name,
            expires_at=None if draft.expires_at is None else read_instant(draft.expires_at),
            networks=draft.networks,
            tlp_ceiling=None if draft.tlp_ceiling is None else _TLP.index(draft.tlp_ceiling),
            member_id=draft.member_id,
        )
        return {"id": made.id, "prefix": made.prefix, "key": made.key, "path": made.path}

    def locate(self, path: str) -> str:
        return path


def _read_question(question: ExportQuestion) -> Any:
    from stack.sharing.exporting.records import ExportRequest

    return _apply(ExportRequest(since=question.since), asdict(question))


def _apply(request: Any, draft: Document) -> Any:
    from stack.sharing.outputs.words import apply_draft

    return apply_draft(request, draft)


def _describe_output(row: Any) -> Document:
    from stack.cli.backend.local import format_instant
    from stack.sharing.outputs.words import describe_output

    return describe_output(row, format_instant)


def _describe_report(report: Any) -> Document:
    from stack.sharing.exporting.words import describe_report

    return describe_report(report)
