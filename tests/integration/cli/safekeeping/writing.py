"""A process that ingests bundle after bundle and says in a ledger what was acknowledged.

`python -m tests.integration.cli.safekeeping.writing FOLDER`, with the settings of an installation.
"""

import os
import sys
from pathlib import Path

from tests.integration.cli.safekeeping.samples import write_bundle

COUNT = 40


def write_for_ever(folder: Path) -> None:
    from stack.cli.backend.choice import open_backend
    from stack.cli.backend.records import UploadFile

    backend = open_backend()
    with (folder / "ledger").open("a") as ledger:
        for number in range(100_000):
            path = folder / f"bundle-{number}.json"
            write_bundle(path, first=1000 + number * COUNT, count=COUNT)
            job = backend.ingest(UploadFile(str(path), path.name), on_progress=lambda _: None)
            if job.state == "done":
                ledger.write(f"{number}\n")
                ledger.flush()
                os.fsync(ledger.fileno())
            path.unlink()


def read_ledger(folder: Path) -> list[int]:
    path = folder / "ledger"
    return [int(line) for line in path.read_text().splitlines()] if path.exists() else []


if __name__ == "__main__":
    write_for_ever(Path(sys.argv[1]))
