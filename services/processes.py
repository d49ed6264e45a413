"""Processes that outlive the command that started them, and are ended only if they are still the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

# They are meant to outlive the objects, which would complain when they are collected.
_CHILDREN: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Process:
    """`started` is the kernel's own mark of the start: a number used again by another process has another."""

    name: str
    pid: int
    started: str
    ports: tuple[int, ...]


def launch_process(
    argv: list[str], *, name: str, ports: tuple[int, ...], log: Path, user: str | None, cwd: Path
) -> Process:
    """Starts a process in a session of its own, its output appended to `log`."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=cwd,
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )
    _CHILDREN.append(child)
    return Process(name=name, pid=child.pid, started=_read_start(child.pid), ports=ports)


def is_running(process: Process) -> bool:
    """Whether the very process runs. One that ended and was not waited for does not."""
    for child in [child for child in _CHILDREN if child.poll() is not None]:
        _CHILDREN.remove(child)
    return bool(process.started) and _read_start(process.pid) == process.started


def end_process(process: Process, *, number: int = signal.SIGTERM, patience_s: float = 15) -> None:
    """Asks the process to end, then ends it with SIGKILL; another one of that number is left alone."""
    for attempt in (number, signal.SIGKILL):
        if not is_running(process):
            return
        os.kill(process.pid, attempt)
        until = time.monotonic() + patience_s
        while is_running(process) and time.monotonic() < until:
            time.sleep(0.05)


def write_processes(path: Path, processes: list[Process]) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps([asdict(process) for process in processes], indent=1), encoding="utf-8")
    draft.replace(path)


def read_processes(path: Path) -> list[Process]:
    """The processes that were written there, running or not."""
    if not path.exists():
        return []
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [Process(row["name"], row["pid"], row["started"], tuple(row["ports"])) for row in rows]


def _read_start(pid: int) -> str:
    """The mark of a process's start, "" when it does not run (or is a zombie)."""
    if Path("/proc/self/stat").exists():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] in "ZX" else fields[19]
    shown = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return "" if shown.startswith("Z") else shown.partition(" ")[2].strip()
