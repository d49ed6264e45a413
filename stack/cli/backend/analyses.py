"""Analyses for the command line: of this data folder, or of a server through its REST API (docs/api.md)."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from stack.cli.backend.choice import is_remote, read_token, start_local
from stack.cli.backend.records import UploadFile

if TYPE_CHECKING:
    from stack.analysis.operations import Wish

Document = dict[str, Any]
OnAnswer = Callable[[int, int], None]
MOST_AT_ONCE = 1_000
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 1.0
_GOING_ON = {"waiting", "running"}


@dataclass(frozen=True, slots=True)
class AnalysisWish:
    """How to analyse; `providers` None: all that have an account."""

    kind: str = ""
    tlp: str | None = None
    may_ask: bool = True
    providers: tuple[str, ...] | None = None
    passwords: tuple[str, ...] = ()


class AnalysesBackend(Protocol):
    """What `stack analyze` asks; the answers have the members of the REST API."""

    def start(self, values: Sequence[str], wish: AnalysisWish) -> list[Document]:
        """One for each value, in order."""

    def start_file(self, file: UploadFile, wish: AnalysisWish) -> Document: ...
    def preview(self, value: str, wish: AnalysisWish) -> Document: ...

    def follow(self, row: Document, on_answer: OnAnswer) -> Document:
        """The analysis in all its parts when it has ended; told meanwhile how many of how many answered."""


def open_analyses() -> AnalysesBackend:
    if is_remote():
        return RemoteAnalyses(os.environ["STACK_URL"].strip(), read_token())
    start_local()
    return LocalAnalyses()


class RemoteAnalyses:
    """What the principal of the token may do there."""

    def __init__(self, address: str, token: str) -> None:
        from stack.cli.backend.http import Client

        self._client = Client(address, token)

    def start(self, values: Sequence[str], wish: AnalysisWish) -> list[Document]:
        what: Document = {"value": values[0]} if len(values) == 1 else {"values": list(values)}
        return list(self._client.post("/analyses", what | _write_wish(wish))["items"])

    def start_file(self, file: UploadFile, wish: AnalysisWish) -> Document:
        from stack.cli.backend.http import Upload
        from stack.cli.backend.remote import open_input

        query = {
            "filename": file.name,
            "tlp": wish.tlp,
            "may_ask": "true" if wish.may_ask else "false",
            "provider": wish.providers,
        }
        headers = {"Archive-Passwords": ",".join(quote(each, safe="") for each in wish.passwords)}
        with open_input(file) as (stream, size):
            upload = Upload(stream, size, lambda sent: None)
            return dict(self._client.upload("/analyses/files", upload, query, headers)["items"][0])

    def preview(self, value: str, wish: AnalysisWish) -> Document:
        body = {"value": value} | _write_wish(wish)
        del body["may_ask"]
        return dict(self._client.post("/analyses/preview", body))

    def follow(self, row: Document, on_answer: OnAnswer) -> Document:
        pause = _FIRST_PAUSE_S
        while True:
            detail = dict(self._client.get(f"/analyses/{row['id']}"))
            if detail["state"] not in _GOING_ON:
                return detail
            on_answer(detail["answered"], detail["plugins"])
            time.sleep(pause)
            pause = min(_LONGEST_PAUSE_S, pause * 1.5)


class LocalAnalyses:
    """The data folder of this machine, as its administrator; it analyses in this process."""

    def __init__(self) -> None:
        from stack.accounts.queries import local_principal

        self._principal = local_principal()

    def start(self, values: Sequence[str], wish: AnalysisWish) -> list[Document]:
        from stack.analysis.operations import start_analysis, start_batch
        from stack.analysis.writing import write_row

        tlp, how = _read_level(wish), _read_wish(wish)
        if len(values) == 1:
            rows = [start_analysis(self._principal, value=values[0], kind=wish.kind, tlp=tlp, wish=how)]
        else:
            rows = start_batch(self._principal, values=values, kind=wish.kind, tlp=tlp, wish=how)
        return [write_row(row) for row in rows]

    def start_file(self, file: UploadFile, wish: AnalysisWish) -> Document:
        from stack.analysis.accepting import start_file_analysis
        from stack.analysis.writing import write_row
        from stack.cli.backend.local import read_chunks

        row = start_file_analysis(
            self._principal,
            chunks=read_chunks(file.path),
            filename=file.name,
            tlp=_read_level(wish),
            wish=_read_wish(wish),
        )
        return write_row(row)

    def preview(self, value: str, wish: AnalysisWish) -> Document:
        from stack.analysis.operations import preview_analysis
        from stack.analysis.writing import write_preview

        preview = preview_analysis(
            self._principal,
            value=value,
            kind=wish.kind,
            tlp=_read_level(wish),
            plugins=_read_wish(wish).plugins,
        )
        return write_preview(preview)

    def follow(self, row: Document, on_answer: OnAnswer) -> Document:
        from stack.analysis.queries import get_analysis
        from stack.analysis.writing import write_analysis
        from stack.core.errors import NotFound
        from stack.jobs.operations import cancel, run_inline
        from stack.jobs.queries import get_job

        job_id = row["job_id"]
        try:
            run_inline(job_id, lambda job: on_answer(job.done, job.total or row["plugins"]))
        except KeyboardInterrupt:
            current = get_job(self._principal, job_id)
            if current is not None and not current.is_finished:
                cancel(self._principal, job_id)
            raise
        detail = get_analysis(self._principal, row["id"])
        if detail is None:
            raise NotFound("The analysis is gone", remedy="Start it again.")
        return write_analysis(detail)


def _write_wish(wish: AnalysisWish) -> Document:
    providers = None if wish.providers is None else list(wish.providers)
    return {"kind": wish.kind, "tlp": wish.tlp, "may_ask": wish.may_ask, "providers": providers}


def _read_wish(wish: AnalysisWish) -> "Wish":
    from stack.analysis.accepting import choose_plugins
    from stack.analysis.operations import Wish

    return Wish(
        plugins=choose_plugins(wish.providers), may_ask=wish.may_ask, passwords=wish.passwords, trigger="api"
    )


def _read_level(wish: AnalysisWish) -> int | None:
    from stack.stix.markings import parse_tlp

    return None if wish.tlp is None else int(parse_tlp(wish.tlp))
