"""Reads many files one after the other; runs in the sandbox."""

from collections.abc import Iterator, Mapping
from time import process_time
from typing import Any, BinaryIO

import msgspec

from stack.analysis.files.inspecting import inspect_part
from stack.analysis.mail.inspecting import read_inside

FAILED_READER = "to its end: "


def read_batch(file: BinaryIO, arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The payload is a list of (name, bytes) in MessagePack. What is raised is told by its type and text."""
    cases = msgspec.msgpack.decode(file.read(), type=list[tuple[str, bytes]])
    for number, (name, data) in enumerate(cases):
        since = process_time()
        said, failures = "", []
        try:
            if arguments["is_mail"]:
                _read_mail(data)
            else:
                parts = inspect_part(data, name=name, seconds=arguments["seconds"])
                failures = [text for part in parts for text in part.remarks if FAILED_READER in text]
                msgspec.json.encode(parts)
        except MemoryError:
            raise
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            if hasattr(error, "remedy"):
                said = ""
        yield {"number": number, "error": said[:300], "readers": failures, "seconds": process_time() - since}


def _read_mail(data: bytes) -> None:
    import io

    for line in read_inside(io.BytesIO(data), {}):
        msgspec.json.encode(line)
