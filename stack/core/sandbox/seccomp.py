"""A filter of system calls (seccomp(2), for all threads) that allows a list and answers EPERM to all else.

Written as classic BPF by hand: no library of the system is needed but the C library. No call that opens a
socket, starts a program, signals another process or changes a file gets through.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

from stack.core.sandbox.system_calls import (
    ALLOWED,
    AUDIT_ARCHITECTURES,
    CONDITIONAL,
    MACHINES,
    NURSING,
    WRITING,
)

_LOAD_WORD, _JUMP_EQUAL, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_KILL, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_SECCOMP, _SET_FILTER, _ALL_THREADS = (317, 277), 1, 1

_O_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CLONE_THREAD = 0x00010000
# F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC: none that names a process for signals.
_FCNTL = (0, 1, 2, 3, 4, 1030)
# TCGETS, FIONBIO, FIOCLEX, FIONCLEX
_IOCTL = (0x5401, 0x5421, 0x5451, 0x5450)
# PR_SET_NAME, PR_SET_VMA
_PRCTL = (15, 0x53564D41)
# PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS
_PRCTL_FOR_CHILDREN = (1, 38)
_CLONE_NAMESPACES = 0x7E020000

_Code = list[tuple[int, int, int, int]]


def is_supported() -> bool:
    """Whether the filter knows the numbers of this machine; whether its kernel takes it is seen on trying."""
    return sys.platform == "linux" and platform.machine() in MACHINES and sys.maxsize > 1 << 32


def filter_system_calls(*, writes: bool, threads: bool) -> None:
    """Holds for this process from here on; needs `no_new_privs`. OSError where the kernel refuses."""
    simple = ALLOWED | (WRITING if writes else {})
    _load(_write_program(simple, _write_conditions(writes, threads)))


def filter_nursery() -> None:
    """The same for a nursery, whose processes each load their own on top of it."""
    _load(_write_program(ALLOWED | NURSING, _write_nursery_conditions()))


def _load(code: _Code) -> None:
    program = b"".join(struct.pack("=HBBI", *each) for each in code)
    buffer = ctypes.create_string_buffer(program, len(program))

    class _Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    given = _Program(len(program) // 8, ctypes.addressof(buffer))
    library = ctypes.CDLL(None, use_errno=True)
    number = _SECCOMP[MACHINES.index(platform.machine())]
    # A library may have started threads when it was imported: the filter is for them too.
    if library.syscall(number, _SET_FILTER, _ALL_THREADS, ctypes.byref(given)):
        raise OSError(ctypes.get_errno(), "seccomp is refused")


def _write_program(simple: dict[str, tuple[int, int]], conditions: dict[str, _Code]) -> _Code:
    column = MACHINES.index(platform.machine())
    code: _Code = [
        (_LOAD_WORD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, AUDIT_ARCHITECTURES[column]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD_WORD, 0, 0, _NUMBER),
    ]
    for numbers in simple.values():
        code += _when(numbers[column], [(_RETURN, 0, 0, _ALLOW)])
    for name, block in conditions.items():
        code += _when(CONDITIONAL[name][column], block)
    return [*code, _refuse(errno.EPERM)]


def _write_conditions(writes: bool, threads: bool) -> dict[str, _Code]:
    allow: _Code = [(_RETURN, 0, 0, _ALLOW)]
    return {
        "open": allow if writes else _without_bits(1, _O_WRITES),
        "openat": allow if writes else _without_bits(2, _O_WRITES),
        "fcntl": _one_of(1, _FCNTL),
        "ioctl": _one_of(1, _IOCTL),
        "prctl": _one_of(0, _PRCTL),
        "tgkill": _one_of(0, (os.getpid(),)),
        # Only to ask for a limit: the pointer to a new one is null.
        "prlimit64": _null(2),
        "clone": _with_bits(0, _CLONE_THREAD) if threads else [_refuse(errno.EPERM)],
        # Its flags are behind a pointer, where a filter cannot look; libraries then fall back to clone.
        "clone3": [_refuse(errno.ENOSYS)],
    }


def _write_nursery_conditions() -> dict[str, _Code]:
    return {
        "open": _without_bits(1, _O_WRITES),
        "openat": _without_bits(2, _O_WRITES),
        "fcntl": _one_of(1, _FCNTL),
        "ioctl": _one_of(1, _IOCTL),
        "prctl": _one_of(0, _PRCTL + _PRCTL_FOR_CHILDREN),
        # Its own limits and no other process's.
        "prlimit64": _one_of(0, (0,)),
        "clone": _without_bits(0, _CLONE_NAMESPACES),
        "clone3": [_refuse(errno.ENOSYS)],
    }


def _when(number: int, block: _Code) -> _Code:
    return [(_JUMP_EQUAL, 0, len(block), number), *block] if number >= 0 else []


def _refuse(error: int) -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, _ERRNO | error)


def _argument(position: int, *, is_high: bool = False) -> tuple[int, int, int, int]:
    return (_LOAD_WORD, 0, 0, _ARGUMENTS + 8 * position + (4 if is_high else 0))


def _without_bits(position: int, bits: int) -> _Code:
    return [_argument(position), (_JUMP_ANY_BIT, 0, 1, bits), _refuse(errno.EPERM), (_RETURN, 0, 0, _ALLOW)]


def _with_bits(position: int, bits: int) -> _Code:
    return [_argument(position), (_JUMP_ANY_BIT, 0, 1, bits), (_RETURN, 0, 0, _ALLOW), _refuse(errno.EPERM)]


def _one_of(position: int, values: tuple[int, ...]) -> _Code:
    tests = [step for value in values for step in ((_JUMP_EQUAL, 0, 1, value), (_RETURN, 0, 0, _ALLOW))]
    return [_argument(position), *tests, _refuse(errno.EPERM)]


def _null(position: int) -> _Code:
    return [
        _argument(position),
        (_JUMP_EQUAL, 0, 3, 0),
        _argument(position, is_high=True),
        (_JUMP_EQUAL, 0, 1, 0),
        (_RETURN, 0, 0, _ALLOW),
        _refuse(errno.EPERM),
    ]
