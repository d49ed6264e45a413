"""Reads a document to the end in the sandbox: its title, its parts, and what was found in them."""

import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import msgspec

from stack.core.sandbox.limits import SandboxLimits
from stack.core.sandbox.payloads import Payload
from stack.core.sandbox.running import run_sandboxed
from stack.ingest.documents.finding import DocumentFind, find_in_parts
from stack.ingest.documents.passages import Budget, Passage, Remark, Title
from stack.ingest.documents.sniffing import HEAD_BYTES, DocumentFormat, name_document

_LIMITS = SandboxLimits(memory_bytes=1024 * 1024 * 1024, cpu_s=60, wall_s=90, answer_bytes=256 * 1024 * 1024)
_MOST_REMARKS = 50
_LONGEST_TITLE = 500
# The label as FIRST writes it, and as people do (TLP 1.0 and 2.0).
_TLP = re.compile(r"\bTLP\s?[:\-]\s?(CLEAR|WHITE|GREEN|AMBER\+STRICT|AMBER|RED)\b", re.IGNORECASE)
_MAILS = frozenset({DocumentFormat.MAIL, DocumentFormat.OUTLOOK})
_LEVELS = ("clear", "green", "amber", "amber+strict", "red")


class ReadPart(msgspec.Struct, frozen=True):
    title: str
    text: str


class ReadDocument(msgspec.Struct, frozen=True, kw_only=True):
    """`tlp` is the strictest TLP label in the text, empty where it has none."""

    format: str
    title: str
    tlp: str
    parts: list[ReadPart]
    remarks: list[str]
    finds: list[DocumentFind]


def read_document(
    payload: Payload,
    *,
    filename: str,
    limits: SandboxLimits = _LIMITS,
    while_waiting: Callable[[], None] | None = None,
) -> ReadDocument:
    """Raises `SandboxRefused` (a `BadInput`) for what is no document, or too much of one.

    `while_waiting` is called about once a second; what it raises ends the reading.
    """
    answer = run_sandboxed(
        "stack.ingest.documents.reading:read_inside",
        payload=payload,
        arguments={"filename": filename},
        limits=limits,
        while_waiting=while_waiting,
    )
    return msgspec.convert(answer, ReadDocument, strict=False)


def read_inside(file: BinaryIO, arguments: dict[str, Any]) -> Any:
    """Runs in the sandbox."""
    from stack.ingest.documents.attachments import read_pieces

    found = name_document(file.read(HEAD_BYTES), arguments["filename"])
    file.seek(0)
    budget = Budget()
    title, passages, remarks = "", list[Passage](), list[str]()
    for piece in read_pieces(file, found, budget):
        if isinstance(piece, Passage):
            budget.take(piece)
            passages.append(piece)
        elif isinstance(piece, Title):
            title = title or " ".join(piece.text.split())[:_LONGEST_TITLE]
        elif isinstance(piece, Remark) and len(remarks) < _MOST_REMARKS:
            remarks.append(piece.text)
    return msgspec.to_builtins(
        ReadDocument(
            format=found,
            title=title,
            tlp=_find_tlp(passages),
            parts=[ReadPart(passage.part, passage.text) for passage in passages],
            remarks=remarks,
            finds=find_in_parts(passages, is_report=found not in _MAILS),
        )
    )


def _find_tlp(passages: Iterator[Passage] | list[Passage]) -> str:
    """The strictest label. A page on the protocol names all of them: then the label is none."""
    named = {
        match[1].lower().replace("white", "clear")
        for passage in passages
        for match in _TLP.finditer(passage.text)
    }
    return max(named, key=_LEVELS.index) if 0 < len(named) <= 2 else ""
