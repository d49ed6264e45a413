"""PostgreSQL servers of a test's own: a primary, streaming replicas of it, and pgbouncer before it."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import psycopg

from tests.services import report_absent

_WAIT_S = 20.0
_SETTINGS = "listen_addresses=127.0.0.1 unix_socket_directories='' wal_level=replica hot_standby=on"


def find_program(name: str) -> Path:
    """`initdb` and its siblings stand in a folder per version on Debian."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda each: int(each.parts[4]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if not found:
        report_absent("postgresql", f"no {name}: install PostgreSQL")
    return Path(found)


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PostgresServer:
    """A server in a folder of its own; `start`, `stop` and `promote` do what they say to the real process."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self.folder = folder
        self.port = port or find_free_port()

    @property
    def address(self) -> str:
        return f"postgresql://stack@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int:
        return int((self.folder / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])

    def create(self) -> None:
        _run("initdb", "-D", str(self.folder), "-U", "stack", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")

    def copy_from(self, primary: "PostgresServer") -> None:
        """A standby that streams from `primary` (PostgreSQL, `pg_basebackup -R`)."""
        source = f"host=127.0.0.1 port={primary.port} user=stack"
        _run("pg_basebackup", "-D", str(self.folder), "-R", "-X", "stream", "-c", "fast", "-d", source)

    def start(self) -> None:
        options = " ".join(f"-c {each}" for each in [*_SETTINGS.split(), f"port={self.port}"])
        _run("pg_ctl", "-D", str(self.folder), "-w", "-l", str(self.folder) + ".log", "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        if (self.folder / "postmaster.pid").exists():
            _run("pg_ctl", "-D", str(self.folder), "-w", "-m", mode, "stop")

    def promote(self) -> None:
        _run("pg_ctl", "-D", str(self.folder), "-w", "promote")

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.address, autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return list(cursor) if cursor.description else []

    def __enter__(self) -> "PostgresServer":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@contextmanager
def primary_and_replicas(*, replicas: int = 1) -> Iterator[tuple[PostgresServer, list[PostgresServer]]]:
    """A primary that takes writes, and so many standbys that stream from it."""
    with _folder() as folder:
        primary = PostgresServer(folder / "primary")
        copies = [PostgresServer(folder / f"replica{number}") for number in range(1, replicas + 1)]
        try:
            primary.create()
            primary.start()
            for copy in copies:
                copy.copy_from(primary)
                copy.start()
            wait_until(lambda: _count_streaming(primary) == replicas)
            yield primary, copies
        finally:
            for each in [*copies, primary]:
                each.stop()


def _count_streaming(primary: PostgresServer) -> int:
    return len(primary.ask("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'"))


@contextmanager
def pgbouncer(server: PostgresServer, *, pool_size: int = 4) -> Iterator[str]:
    """The address of a pgbouncer in transaction mode."""
    program = shutil.which("pgbouncer")
    if program is None:
        report_absent("pgbouncer", "install pgbouncer")
    with _folder() as folder:
        yield from _run_pgbouncer(program, folder, server, pool_size)


def _run_pgbouncer(program: str, folder: Path, server: PostgresServer, pool_size: int) -> Iterator[str]:
    port = find_free_port()
    (folder / "users.txt").write_text('"stack" ""\n', encoding="ascii")
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host=127.0.0.1 port={server.port}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = trust\n"
        f"auth_file = {folder / 'users.txt'}\npool_mode = transaction\ndefault_pool_size = {pool_size}\n",
        encoding="ascii",
    )
    process = subprocess.Popen([*_as_other_user(), program, "-q", str(folder / "pgbouncer.ini")])
    address = f"postgresql://stack@127.0.0.1:{port}/postgres"
    try:
        wait_until(lambda: _answers(address))
        yield address
    finally:
        process.terminate()
        process.wait(10)


def wait_until(is_so: Callable[[], bool], *, seconds: float = _WAIT_S) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not become so in time"
        time.sleep(0.05)


def _answers(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=1).close()
    except psycopg.OperationalError:
        return False
    return True


def _as_other_user() -> Sequence[str]:
    """PostgreSQL and pgbouncer refuse to run as root."""
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


@contextmanager
def _folder() -> Iterator[Path]:
    """Not pytest's own, into which only its user may go."""
    folder = Path(tempfile.mkdtemp(prefix="stack-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(name: str, *arguments: str) -> None:
    command = [*_as_other_user(), str(find_program(name)), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd="/")
    assert done.returncode == 0, f"{name}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
