"""Stack, OpenTAXII and medallion as processes on loopback, each with one collection, for `benchmarks.taxii`.

The peers come from their packages, into virtual environments under `build/taxii-peers` that are kept for the
next run. Each runs as its documentation says, under gunicorn; medallion keeps its objects in one process.
"""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg

STACK = Path(sys.executable).with_name("stack")
_ENVIRONMENTS = Path("build/taxii-peers")
_PACKAGES = {
    "medallion": ("medallion==3.0.0", "flask==3.1.3", "gunicorn==27.0.1"),
    "opentaxii": (
        "opentaxii==0.9.3",
        "sqlalchemy==1.4.54",
        "flask==3.1.3",
        "marshmallow==4.4.0",
        "gunicorn==27.0.1",
        "psycopg2-binary==2.9.13",
    ),
}
_READY_S = 60.0
# As published it answers 500 where an answer holds an id, such as after each POST: its ids are no strings.
_OPENTAXII_WSGI = """\
import json, uuid
_default = json.JSONEncoder.default
json.JSONEncoder.default = lambda self, o: str(o) if isinstance(o, uuid.UUID) else _default(self, o)
from opentaxii.http import app
"""


@dataclass(frozen=True)
class Server:
    """A running server: `processes` are the roots of all that work for it, `headers` hold the credentials."""

    name: str
    port: int
    path: str
    headers: Mapping[str, str]
    processes: list[psutil.Process] = field(default_factory=list)
    root: str = ""

    def cpu_seconds(self) -> float:
        """CPU time of all its processes so far, those that have ended included."""
        return sum(_measure_tree(process) for process in self.processes)


def _measure_tree(root: psutil.Process) -> float:
    total = 0.0
    for process in [root, *root.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            used = process.cpu_times()
            total += used.user + used.system + used.children_user + used.children_system
    return total


@contextmanager
def serve_stack(folder: Path, database: str, *, query: str = "") -> Iterator[Server]:
    """`stack serve`, on SQLite in the folder or on a PostgreSQL, with a collection that may be written, and
    that a query feeds."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("STACK_", "DJANGO_"))}
    environment = kept | {
        "STACK_DATA": str(folder / "data"),
        "STACK_VAULT_KEY": bytes(range(32)).hex(),
        "STACK_LIMITS": "off",
    }
    if database:
        environment["STACK_DATABASE"] = database
    _run([str(STACK), "init", "--wait", "30"], environment)
    made = json.loads(_run([sys.executable, "-m", "benchmarks.taxii_process", query], environment))
    port = find_port()
    command = [str(STACK), "serve", "--port", str(port), "--no-open", "--json"]
    with _running(command, environment, folder / "serve.log") as process:
        headers = {"Authorization": f"Bearer {made['key']}"}
        server = Server(
            f"Stack on {'PostgreSQL' if database else 'SQLite'}",
            port,
            f"/taxii2/{made['root']}/collections/{made['uid']}/",
            headers,
            [process, *_find_postmaster(database)],
            f"/taxii2/{made['root']}/",
        )
        _wait_ready(server)
        yield server


@contextmanager
def serve_opentaxii(folder: Path, database: str) -> Iterator[Server]:
    """Two workers on PostgreSQL, asked with a token, which spares it the password hash of each request."""
    bin_folder = _make_environment("opentaxii")
    port = find_port()
    config = folder / "opentaxii.yml"
    config.write_text(_configure_opentaxii(database, port), encoding="utf-8")
    environment = {**os.environ, "OPENTAXII_CONFIG": str(config), "PYTHONWARNINGS": "ignore"}
    made = _run([str(bin_folder / "opentaxii-create-account"), "-u", "b", "-p", "b"], environment)
    token = made.rpartition("token:")[2].strip()
    _run([str(bin_folder / "opentaxii-add-api-root"), "-t", "benchmark", "--default"], environment)
    with psycopg.connect(database, autocommit=True) as connection:
        # The program's own option for this is without effect in this release.
        connection.execute("UPDATE accounts SET is_admin = true")
        [(root,)] = connection.execute("SELECT id FROM opentaxii_api_root").fetchall()
        words = [str(bin_folder / "opentaxii-add-collection"), "-r", str(root), "-t", "benchmark"]
        _run(words, environment)
        [(collection,)] = connection.execute("SELECT id FROM opentaxii_collection").fetchall()
    (folder / "opentaxii_wsgi.py").write_text(_OPENTAXII_WSGI, encoding="utf-8")
    command = [str(bin_folder / "gunicorn"), "opentaxii_wsgi:app", "-w", "2", "--chdir", str(folder)]
    command += ["--timeout", "600", "-b", f"127.0.0.1:{port}"]
    with _running(command, environment, folder / "opentaxii.log") as process:
        path = f"/taxii2/{root}/collections/{collection}/"
        headers = {"Authorization": f"Bearer {token}"}
        server = Server(
            "OpenTAXII on PostgreSQL",
            port,
            path,
            headers,
            [process, *_find_postmaster(database)],
            f"/taxii2/{root}/",
        )
        _wait_ready(server)
        yield server


@contextmanager
def serve_medallion(folder: Path) -> Iterator[Server]:
    bin_folder = _make_environment("medallion")
    port = find_port()
    collection = {
        "id": "472c94ae-3113-4e3e-a4dd-a9f4ac7471d4",
        "title": "benchmark",
        "can_read": True,
        "can_write": True,
        "media_types": ["application/stix+json;version=2.1"],
        "objects": [],
        "manifest": [],
    }
    media_type = "application/taxii+json;version=2.1"
    information = {"title": "benchmark", "versions": [media_type], "max_content_length": 104857600}
    data = {
        "/discovery": {"title": "benchmark", "default": "/root/", "api_roots": ["/root/"]},
        "root": {"information": information, "status": [], "collections": [collection]},
    }
    (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
    backend = {
        "module": "medallion.backends.memory_backend",
        "module_class": "MemoryBackend",
        "filename": str(folder / "data.json"),
    }
    config = {"backend": backend, "users": {"b": "b"}, "taxii": {"max_page_size": 1000}}
    (folder / "medallion.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "medallion_wsgi.py").write_text(
        f"from medallion import load_app\napp = load_app({str(folder / 'medallion.json')!r})\n",
        encoding="utf-8",
    )
    command = [str(bin_folder / "gunicorn"), "medallion_wsgi:app", "-w", "1", "--chdir", str(folder)]
    command += ["--threads", "4", "--timeout", "600", "-b", f"127.0.0.1:{port}"]
    with _running(command, dict(os.environ), folder / "medallion.log") as process:
        headers = {"Authorization": "Basic " + b64encode(b"b:b").decode()}
        path = f"/root/collections/{collection['id']}/"
        server = Server("medallion in memory", port, path, headers, [process], "/root/")
        _wait_ready(server)
        yield server


@contextmanager
def empty_database() -> Iterator[str]:
    """The address of a new PostgreSQL database, dropped afterwards; empty where no server is configured."""
    server = os.environ.get("STACK_TEST_POSTGRES")
    if not server:
        yield ""
        return
    name = f"bench_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield server.rpartition("/")[0] + f"/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _make_environment(name: str) -> Path:
    """The folder of programs of a peer's virtual environment, made at the first time."""
    folder = (_ENVIRONMENTS / name).resolve()
    ready = folder / "ready"
    wanted = "\n".join(_PACKAGES[name])
    if not ready.exists() or ready.read_text(encoding="utf-8") != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(folder / "bin" / "pip"), "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, *_PACKAGES[name]], check=True)
        ready.write_text(wanted, encoding="utf-8")
    return folder / "bin"


def _configure_opentaxii(database: str, port: int) -> str:
    address = re.sub("^postgresql:", "postgresql+psycopg2:", database)
    return textwrap.dedent(f"""\
        domain: "127.0.0.1:{port}"
        support_basic_auth: yes
        auth_api:
          class: opentaxii.auth.sqldb.SQLDatabaseAPI
          parameters:
            db_connection: {address}
            create_tables: yes
            secret: benchmarks-only-benchmarks-only-benchmarks
            token_ttl_secs: 36000
        taxii1:
        taxii2:
          title: benchmark
          max_content_length: 104857600
          public_discovery: yes
          persistence_api:
            class: opentaxii.persistence.sqldb.Taxii2SQLDatabaseAPI
            parameters:
              db_connection: {address}
              create_tables: yes
        logging:
          opentaxii: warning
          root: warning
        """)


@contextmanager
def _running(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator[psutil.Process]:
    with log.open("ab") as file:
        process = subprocess.Popen(command, env=dict(environment), stdout=file, stderr=file)
    root = psutil.Process(process.pid)
    try:
        yield root
    finally:
        family = root.children(recursive=True)
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for child in family:
            with suppress(psutil.NoSuchProcess):
                child.kill()


def _find_postmaster(database: str) -> list[psutil.Process]:
    """The root of the server's processes, which is on this machine; empty without one."""
    if not database:
        return []
    with psycopg.connect(database) as connection:
        [(pid,)] = connection.execute("SELECT pg_backend_pid()").fetchall()
        parent = psutil.Process(pid).parent()
    return [parent] if parent else []


def _wait_ready(server: Server) -> None:
    address = f"http://127.0.0.1:{server.port}/taxii2/"
    headers = {"Accept": "application/taxii+json;version=2.1", **server.headers}
    deadline = time.monotonic() + _READY_S
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=5):
                return
        except (OSError, urllib.error.URLError) as error:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{server.name} did not answer: {error}") from error
            time.sleep(0.1)


def _run(command: list[str], environment: Mapping[str, str]) -> str:
    ended = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(command)}: {ended.stderr[-2000:]}")
    return ended.stdout
