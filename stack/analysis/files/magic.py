"""What libmagic says of bytes: the library and its database come with the wheel of pylibmagic.

It is loaded by its path. The usual binding asks the linker and a compiler where it lies, which a sandbox
refuses.
"""

import ctypes
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

_MIME_TYPE: Final = 0x10
_NO_CHECKS: Final = 0x1000 | 0x2000 | 0x40000 | 0x400000
"""Not inside compression, tar, CDF and JSON: readers of our own do that better."""
_NAMES: Final = ("libmagic.so.1", "libmagic.so", "libmagic.1.dylib", "libmagic.dylib")
MOST_BYTES: Final = 1024 * 1024
_LONGEST = 300
UNKNOWN: Final = "application/octet-stream"


class Magic(msgspec.Struct, frozen=True):
    """`media` is a media type, `title` a description for people."""

    media: str
    title: str


def ask_magic(head: bytes) -> Magic:
    """What libmagic says of the beginning of a file; where there is no libmagic, that it is unknown."""
    library = _load()
    if library is None:
        return Magic(UNKNOWN, "")
    return Magic(_ask(library, head, _MIME_TYPE) or UNKNOWN, _ask(library, head, 0))


@cache
def _load() -> ctypes.CDLL | None:
    spec = find_spec("pylibmagic")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for name in _NAMES:
            if (path := Path(folder) / name).exists():
                return _declare(ctypes.CDLL(str(path)))
    return None


def _declare(library: ctypes.CDLL) -> ctypes.CDLL:
    library.magic_open.argtypes, library.magic_open.restype = [ctypes.c_int], ctypes.c_void_p
    library.magic_load.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    library.magic_buffer.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    library.magic_buffer.restype = ctypes.c_char_p
    return library


@cache
def _open(library: ctypes.CDLL, flags: int) -> int:
    cookie: int | None = library.magic_open(flags | _NO_CHECKS)
    database = Path(str(library._name)).with_name("magic.mgc")
    if not cookie or library.magic_load(cookie, bytes(database)):
        return 0
    return cookie


def _ask(library: ctypes.CDLL, head: bytes, flags: int) -> str:
    cookie = _open(library, flags)
    said = library.magic_buffer(cookie, head[:MOST_BYTES], min(len(head), MOST_BYTES)) if cookie else None
    return said.decode("utf-8", "replace")[:_LONGEST] if said else ""
