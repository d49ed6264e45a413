"""Messages with descriptors between a process and its nursery, over sockets of the machine (unix(7))."""

import socket
from array import array

STARTED = b"started"
"""With it comes a descriptor of the process; its exit code in digits is the next and last message."""

_LONGEST = 256
_MOST_DESCRIPTORS = 8


def make_line() -> tuple[socket.socket, socket.socket]:
    """Keeps messages whole, and tells either end when the other is closed."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def take_line(descriptor: int) -> socket.socket:
    """One end, from its descriptor; asks the system nothing, which a filter might refuse."""
    return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fileno=descriptor)


def send(line: socket.socket, text: bytes, *descriptors: int) -> None:
    """Without waiting. Raises OSError where the other end is gone, or takes no more."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", descriptors))] if descriptors else []
    line.sendmsg([text], rights, socket.MSG_DONTWAIT)


def receive(line: socket.socket) -> tuple[bytes, list[int]]:
    """Waits for a message; it is empty where the other end is gone."""
    found = array("i")
    try:
        text, given, *_ = line.recvmsg(
            _LONGEST, socket.CMSG_SPACE(_MOST_DESCRIPTORS * found.itemsize), socket.MSG_CMSG_CLOEXEC
        )
    except ConnectionError:
        return b"", []
    for level, kind, data in given:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            found.frombytes(data[: len(data) - len(data) % found.itemsize])
    return text, list(found)
