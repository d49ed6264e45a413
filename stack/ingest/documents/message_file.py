"""The properties of an Outlook message in its compound file (MS-OXMSG, section 2.1)."""

from typing import Any

from stack.core.errors import BadInput
from stack.ingest.documents.passages import decode_text

_MOST_STREAM = 64 * 1024 * 1024
_STREAM = 2


class MessageFile:
    """Over an `olefile.OleFileIO`; `names` are the paths of all that is in it, in their order."""

    def __init__(self, compound: Any) -> None:
        self._compound = compound
        self.names = {tuple(path): None for path in compound.listdir(streams=True, storages=True)}

    def read_text(self, folder: tuple[str, ...], property_id: str) -> str:
        """A property that is text, in either encoding; empty where there is none."""
        wide = self.read_stream((*folder, f"__substg1.0_{property_id}001F"))
        if wide:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        return decode_text(self.read_stream((*folder, f"__substg1.0_{property_id}001E"))).rstrip("\0")

    def read_stream(self, path: tuple[str, ...]) -> bytes:
        """Its bytes; none for what is no stream, or cannot be followed. BadInput above 64 MB."""
        if path not in self.names or self._compound.get_type(list(path)) != _STREAM:
            return b""
        if self._compound.get_size(list(path)) > _MOST_STREAM:
            raise BadInput("The Outlook message holds a part of more than 64 MB")
        try:
            with self._compound.openstream(list(path)) as stream:
                data: bytes = stream.read()
        except (OSError, ValueError, IndexError):
            return b""
        return data
