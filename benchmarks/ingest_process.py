"""One ingest in a process and a data folder of its own, measured from inside.

Takes a file and how often to ingest it (not at all: only makes the tables); prints as JSON the seconds of
each time, the objects and the peak memory in MB of this process, of the helper that it started, and of the
database server's process that works for it, where that is on this machine.
"""

import json
import resource
import sys
import time
from pathlib import Path


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from stack.accounts.operations import ensure_first_organisation
    from stack.accounts.queries import local_principal
    from stack.ingest.operations import accept_file
    from stack.jobs.operations import run_inline

    call_command("migrate", verbosity=0)
    ensure_first_organisation()
    path, times = Path(sys.argv[1]), int(sys.argv[2])
    seconds = []
    total = 0
    for _ in range(times):
        job = accept_file(local_principal(), path=path)
        start = time.perf_counter()
        ended = run_inline(job.id, on_progress=lambda shown: None)  # as the command line runs it
        seconds.append(time.perf_counter() - start)
        if ended.error:
            raise SystemExit(ended.error)
        total = ended.result["total"]
    own, helper = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    memory = {"worker": own, "helper": helper} | _measure_server()
    print(json.dumps({"seconds": seconds, "total": total, "peak_mb": own + helper, "memory": memory}))


def _measure_server() -> dict[str, float]:
    """The peak of the server's process, shared buffers that it has touched included."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        status = Path(f"/proc/{cursor.fetchone()[0]}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    peaks = [line for line in lines if line.startswith("VmHWM:")]
    return {"server process": int(peaks[0].split()[1]) / 1024} if peaks else {}


if __name__ == "__main__":
    main()
