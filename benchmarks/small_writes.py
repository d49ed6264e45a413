"""How long a person's small write waits while an ingest runs in the job runner beside it, on SQLite."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.generate import write_bundle

_OBJECTS = 60_000
_PAUSE_S = 0.03
_GOAL_MS = 50.0


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="stack-bench-small-") as folder:
        write_bundle(Path(folder) / "bundle.json", _OBJECTS)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.small_writes", folder],
            env=os.environ | {"STACK_DATA": folder, "STACK_DATABASE": ""},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
    median, high, worst, speed = map(float, done.stdout.split())
    name = f"small write beside an ingest at {speed:,.0f} objects/s"
    return [
        Figure(f"{name}, p50", median, "ms", "goal, p95", _GOAL_MS, _GOAL_MS / median),
        Figure(f"{name}, p95", high, "ms", "goal, p95", _GOAL_MS, _GOAL_MS / high),
        Figure(f"{name}, worst", worst, "ms", "goal, p95", _GOAL_MS, _GOAL_MS / worst),
    ]


def _measure(folder: Path) -> str:
    """Runs in a process of its own, so that the store of this benchmark is nobody else's."""
    import django

    django.setup()
    from django.core.management import call_command

    from stack.accounts.operations import ensure_first_organisation
    from stack.accounts.queries import local_principal
    from stack.ingest.operations import accept_file
    from stack.jobs.queries import get_job
    from stack.search.operations import save_lookup

    call_command("migrate", verbosity=0)
    ensure_first_organisation()
    principal = local_principal()
    job = accept_file(principal, path=folder / "bundle.json")
    command = [sys.executable, "-m", "stack.config.runner_process", "--work", "jobs", "--parent"]
    waits: list[float] = []
    with subprocess.Popen([*command, str(os.getpid())]) as runner:
        try:
            while (row := get_job(principal, job.id)) is not None and row.state in {"queued", "running"}:
                if row.state == "running":
                    start = time.perf_counter()
                    save_lookup(principal, "192.0.2.1")
                    waits.append((time.perf_counter() - start) * 1000)
                time.sleep(_PAUSE_S)
        finally:
            runner.terminate()
    if row is None or row.state != "done":
        raise SystemExit("the ingest did not end well")
    waits.sort()
    speed = row.result["total"] / row.result["seconds"]
    return f"{waits[len(waits) // 2]} {waits[int(len(waits) * 0.95)]} {waits[-1]} {speed}"


if __name__ == "__main__":
    print(_measure(Path(sys.argv[1])))
