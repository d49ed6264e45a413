"""Restricts which files this process may open (Landlock, Linux 5.13 and later): linux/landlock.h."""

import ctypes
import os
import struct
import sys

# The same numbers on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_O_PATH = 0o10000000

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_READS = _READ_FILE | _READ_DIR
# How many rights over files each version knows: 13 at first, then refer, truncate, and ioctl of devices.
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_LATEST_RIGHTS = 16
_BIND_AND_CONNECT = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11


def find_version() -> int:
    """The version of Landlock that the kernel offers; 0 for none."""
    if sys.platform != "linux":
        return 0
    found = int(_call(_CREATE_RULESET, None, 0, _ASK_VERSION))
    return max(found, 0)


def restrict_files(*, readable: list[str], writable: list[str]) -> bool:
    """From here on only these files and folders open; False where the kernel has no Landlock.

    Needs `no_new_privs`. Raises OSError where the kernel has it and refuses.
    """
    version = find_version()
    if not version:
        return False
    rights = (1 << _RIGHTS.get(version, _LATEST_RIGHTS)) - 1
    attributes = struct.pack("=Q", rights)
    if version >= 4:
        attributes += struct.pack("=Q", _BIND_AND_CONNECT)
    if version >= 6:
        attributes += struct.pack("=Q", _ABSTRACT_SOCKETS_AND_SIGNALS)
    ruleset = _expect(_call(_CREATE_RULESET, attributes, len(attributes), 0))
    for path in readable:
        _allow(ruleset, path, _READS)
    for path in writable:
        _allow(ruleset, path, rights & ~_EXECUTE)
    _expect(_call(_RESTRICT_SELF, ruleset, 0, 0))
    os.close(ruleset)
    return True


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, _O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        granted = rights if os.path.isdir(path) else rights & _READ_FILE  # noqa: PTH112 - pathlib is slow to import
        _expect(_call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", granted, descriptor), 0))
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: int | bytes | None) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    given = (
        ctypes.c_size_t(each) if isinstance(each, int) else ctypes.c_char_p(each) if each else None
        for each in arguments
    )
    return int(library.syscall(ctypes.c_long(number), *given))


def _expect(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "Landlock is refused")
    return result
