"""Functions that run in the sandbox and do what a hostile document would have its reader do."""

# Attackers call the system as plainly as they can.
# ruff: noqa: PTH101, PTH102, PTH120, PTH104, PTH108, PTH208, PTH211, SIM115

import ctypes
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from stack.core.errors import BadInput

Arguments = dict[str, Any]


def describe(file: BinaryIO, arguments: Arguments) -> Arguments:
    size = len(file.read())
    file.seek(0)
    return {
        "size": size,
        "start": file.read(5).decode(),
        "arguments": arguments,
        "environment": sorted(os.environ),
    }


def tell_process(_: BinaryIO, __: Arguments) -> dict[str, Any]:
    return {"pid": os.getpid(), "parent": os.getppid(), "chance": random.random(), "cpu": time.process_time()}


def tell_and_sleep(_: BinaryIO, __: Arguments) -> Iterator[int]:
    yield os.getpid()
    yield os.getppid()
    time.sleep(600)


def read_slowly(file: BinaryIO, arguments: Arguments) -> list[Any]:
    time.sleep(arguments.get("seconds", 0))
    return [file.read().decode(), len(list_descriptors(file, arguments))]


def compute_a_while(_: BinaryIO, arguments: Arguments) -> float:
    while time.process_time() < arguments["seconds"]:
        pass
    return time.process_time()


def count_up(_: BinaryIO, arguments: Arguments) -> Iterator[int]:
    yield from range(arguments["to"])


def yield_slowly(_: BinaryIO, arguments: Arguments) -> Iterator[int]:
    for number in range(arguments["times"]):
        time.sleep(arguments["every"])
        yield number


def refuse(_: BinaryIO, __: Arguments) -> None:
    raise BadInput("This is a shopping list\x1b[2J", remedy="Send a report.")


def break_down(_: BinaryIO, __: Arguments) -> None:
    raise ValueError("unexpected \x07 end")


def take_memory(_: BinaryIO, __: Arguments) -> int:
    return len([bytes(1024 * 1024) for _ in range(10_000)])


def compute_forever(_: BinaryIO, __: Arguments) -> None:
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    while True:
        pass


def compute_on(_: BinaryIO, __: Arguments) -> None:
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    while True:
        pass


def sleep_on(_: BinaryIO, __: Arguments) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


def answer_on(_: BinaryIO, __: Arguments) -> Iterator[str]:
    while True:
        yield "x" * 100_000


def answer_without_end(_: BinaryIO, __: Arguments) -> None:
    while True:
        os.write(_find_answer(), b"=" + b"[" * 100_000)


def answer_nested(_: BinaryIO, __: Arguments) -> None:
    os.write(_find_answer(), b"=" + b"[" * 1_000_000 + b"\n")


def answer_nonsense(_: BinaryIO, __: Arguments) -> None:
    os.write(_find_answer(), b"=\xff\xfe{\n.one\n")


def print_much(_: BinaryIO, __: Arguments) -> str:
    sys.stdout.write("=1\n.one\n")
    sys.stdout.flush()
    os.write(2, b"!!")
    return "the answer"


def crash(_: BinaryIO, __: Arguments) -> None:
    ctypes.string_at(0)


def recurse(_: BinaryIO, __: Arguments) -> None:
    recurse(_, __)


def leave(_: BinaryIO, __: Arguments) -> None:
    os._exit(0)


def try_attacks(_: BinaryIO, arguments: Arguments) -> dict[str, str]:
    """What each attempt gave: `refused`, or what it got."""
    library = ctypes.CDLL(None, use_errno=True)
    parent = os.getppid()
    attempts = {
        "read passwd": lambda: Path("/etc/passwd").read_text(),
        "read secret": lambda: Path(arguments["secret"]).read_text(),
        "list folder": lambda: os.listdir(arguments["folder"]),
        "read parent": lambda: Path(f"/proc/{parent}/environ").read_bytes(),
        "write": lambda: Path(arguments["folder"], "new").write_text("x"),
        "write source": lambda: Path(arguments["source"]).open("r+b"),
        "remove": lambda: os.unlink(arguments["secret"]),
        "rename": lambda: os.rename(arguments["secret"], arguments["secret"] + "2"),
        "link": lambda: os.symlink("/etc/passwd", arguments["folder"] + "/link"),
        "mode": lambda: os.chmod(arguments["secret"], 0o777),
        "socket": socket.socket,
        "unix socket": lambda: socket.socket(socket.AF_UNIX),
        "pair": socket.socketpair,
        "resolve": lambda: (
            socket.getaddrinfo("localhost", 80, type=socket.SOCK_DGRAM)
            and socket.create_connection(("127.0.0.1", 80), timeout=1)
        ),
        "fork": os.fork,
        "run": lambda: subprocess.run(["/bin/true"], check=True),
        "exec": lambda: os.execv("/bin/true", ["true"]),
        "thread": lambda: threading.Thread(target=print).start(),
        "signal parent": lambda: os.kill(parent, 0),
        "signal group": lambda: os.killpg(0, signal.SIGTERM),
        "tgkill": lambda: _expect(library.syscall(234, parent, parent, 0)),
        "owner of signals": lambda: __import__("fcntl").fcntl(0, 8, parent),
        "raise limit": lambda: resource.setrlimit(resource.RLIMIT_CPU, (600, 600)),
        "ptrace": lambda: _expect(library.ptrace(16, parent, 0, 0)),
        "write memory": lambda: _expect(library.process_vm_writev(parent, 0, 0, 0, 0, 0)),
        "stay alive": lambda: _expect(library.prctl(1, 0, 0, 0, 0)),
        "namespace": lambda: _expect(library.unshare(0x10000000)),
        "io_uring": lambda: _expect(library.syscall(425, 4, 0)),
        "memfd": lambda: os.memfd_create("x"),
        "setuid": lambda: os.setuid(1),
        "mount": lambda: _expect(library.mount(b"none", b"/tmp", b"tmpfs", 0, 0)),
    }
    return {name: _attempt(attempt) for name, attempt in attempts.items()}


def try_python(folder: str) -> dict[str, str]:
    """What plain Python gets where only its own events are watched; empty where all is refused."""
    attempts = {
        "read passwd": lambda: Path("/etc/passwd").read_text(),
        "low-level read": lambda: os.open("/etc/passwd", os.O_RDONLY),
        "through a link": lambda: Path(
            f"{os.path.dirname(os.__file__)}/../../../../../../etc/passwd"
        ).read_text(),
        "write": lambda: Path(folder, "new").write_text("x"),
        "folder": lambda: os.mkdir(f"{folder}/new"),
        "socket": lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
        "run": lambda: subprocess.run(["/bin/true"], check=True),
        "fork": os.fork,
        "shell": lambda: os.system("true"),
    }
    told = {name: _attempt(attempt) for name, attempt in attempts.items()}
    return {name: got for name, got in told.items() if got != "refused"}


def write_scratch(_: BinaryIO, arguments: Arguments) -> list[int]:
    Path("notes").write_bytes(b"x" * 10)
    size = len(Path("notes").read_bytes())
    try:
        Path("large").write_bytes(b"x" * arguments["bytes"])
    except OSError as error:
        return [size, error.errno or 0]
    return [size, 0]


def start_thread(_: BinaryIO, __: Arguments) -> int:
    done: list[int] = []
    thread = threading.Thread(target=done.append, args=(1,))
    thread.start()
    thread.join()
    return len(done)


def import_late(_: BinaryIO, __: Arguments) -> str:
    import xml.dom.minidom

    import selectolax.lexbor

    return f"{xml.dom.minidom.__name__} {selectolax.lexbor.__name__}"


def list_descriptors(_: BinaryIO, __: Arguments) -> list[int]:
    found = []
    for descriptor in range(3, 64):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        found.append(descriptor)
    return found


def _find_answer() -> int:
    """The descriptor that the answer goes through: a pipe, and the only one."""
    return next(number for number in range(3, 64) if _is_pipe(number))


def _is_pipe(number: int) -> bool:
    try:
        return os.fstat(number).st_mode & 0o170000 == 0o010000
    except OSError:
        return False


def _attempt(attempt: Any) -> str:
    try:
        return repr(attempt())[:60]
    except (OSError, RuntimeError, ValueError):
        return "refused"


def _expect(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result
