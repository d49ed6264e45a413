"""The files of a MISP feed: a manifest, hashes of the values, and a file for each event.

Format: https://www.misp-project.org/feeds/ and PyMISP's feed generator: `manifest.json` tells of each event
by its UUID, `hashes.csv` has the MD5 of each part of each value with the UUID of its event.
"""

from collections.abc import Iterator
from hashlib import md5
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import orjson

from stack.sharing.misp.events import Event

_EPOCH = (1980, 1, 1, 0, 0, 0)


def iterate_feed_files(events: Iterator[Event]) -> Iterator[tuple[str, bytes]]:
    """Name and contents: the events first, the manifest last, as one pass over them gives them."""
    manifest: dict[str, object] = {}
    hashes = bytearray()
    for event in events:
        uuid = event.head["uuid"]
        manifest[uuid] = event.summarise()
        for line in _hash_values(event, uuid):
            hashes += line
        yield f"{uuid}.json", b"".join(event.write())
    yield "hashes.csv", bytes(hashes)
    yield "manifest.json", orjson.dumps(manifest)


def zip_files(files: Iterator[tuple[str, bytes]]) -> Iterator[bytes]:
    """The files as one archive, in pieces. Equal files give an equal archive: entries have no time."""
    buffer = _Pieces()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, content in files:
            entry = ZipInfo(name, _EPOCH)
            entry.compress_type = ZIP_DEFLATED
            archive.writestr(entry, content)
            yield buffer.take()
    yield buffer.take()


class _Pieces(BytesIO):
    """A file that cannot be sought in, whose contents are taken away as they come."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise OSError

    def take(self) -> bytes:
        taken = self.getvalue()
        self.truncate(0)
        super().seek(0)
        return taken


def _hash_values(event: Event, uuid: str) -> Iterator[bytes]:
    for text in event.parts["Attribute"]:
        yield from _hash_value(orjson.loads(text), uuid)
    for text in event.parts["Object"]:
        for part in orjson.loads(text)["Attribute"]:
            yield from _hash_value(part, uuid)


def _hash_value(attribute: dict[str, str], uuid: str) -> Iterator[bytes]:
    """MD5 because that is the format; it guards nothing."""
    kind, value = attribute["type"], attribute["value"]
    is_composite = "|" in kind or kind == "malware-sample"
    for each in value.split("|") if is_composite else (value,):
        digest = md5(each.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
        yield f"{digest},{uuid}\n".encode()
