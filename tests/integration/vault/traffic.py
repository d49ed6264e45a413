"""Traffic for a rotation: `python -m tests.integration.vault.traffic use|rotate AMOUNT`, a process each.

`use` seals and opens for so many seconds; `rotate` changes both keys in turn, so many times. Whatever fails
ends the process with a traceback.
"""

import json
import os
import random
import sys
import time
from dataclasses import dataclass

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stack.config.settings")
ROWS = 8


@dataclass(slots=True)
class Counts:
    sealed: int = 0
    opened: int = 0


def use(seconds: float) -> Counts:
    """Each value says in which row it stands, so that one that is read elsewhere shows."""
    from stack.jobs.models import Job
    from stack.vault.operations import open_sealed, seal

    rows = list(Job.objects.values_list("pk", flat=True))
    counts = Counts()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        row = random.choice(rows)
        place = {"table": "jobs_job", "row": str(row), "field": "error"}
        if counts.opened % 4 == 0:
            text = f"row {row}: {os.getpid()}, {counts.sealed}".encode()
            Job.objects.filter(pk=row).update(error=seal(text, **place))
            counts.sealed += 1
        plaintext = open_sealed(Job.objects.get(pk=row).error, **place)
        assert plaintext.startswith(f"row {row}: ".encode()), plaintext
        counts.opened += 1
    return counts


def rotate(times: int) -> Counts:
    from stack.accounts.queries import local_principal
    from stack.jobs.models import Job
    from stack.vault.registry import register_sealed, seal_column
    from stack.vault.rotation import rotate_data_key, rotate_key_encryption

    register_sealed(seal_column(Job, "error"))
    counts = Counts()
    for number in range(times):
        if number % 2:
            rotate_key_encryption(local_principal())
        else:
            rotation = rotate_data_key(local_principal())
            assert not rotation.failed, rotation
            counts.sealed += rotation.resealed
    return counts


def prepare() -> Counts:
    """The rows, each with a value."""
    from stack.accounts.queries import local_principal
    from stack.jobs.models import Job
    from stack.vault.operations import seal

    for _ in range(ROWS):
        job = Job.objects.create(
            kind="test", state="done", created_at=0, organisation_id=local_principal().organisation_id
        )
        job.error = seal(f"row {job.pk}: new".encode(), table="jobs_job", row=str(job.pk), field="error")
        job.save()
    return Counts(sealed=ROWS)


def main(action: str, amount: str) -> None:
    import django

    django.setup()
    counts = {"use": lambda: use(float(amount)), "rotate": lambda: rotate(int(amount)), "prepare": prepare}[
        action
    ]()
    sys.stdout.write(json.dumps({"sealed": counts.sealed, "opened": counts.opened}))


if __name__ == "__main__":
    main(*sys.argv[1:])
