"""Whether the vault opens."""

from collections.abc import Iterator

from stack.cli.doctor.base import Finding, State


def diagnose() -> Iterator[Finding]:
    from stack.vault.queries import read_lock

    lock = read_lock()
    if not lock.is_open:
        yield Finding("vault", State.FAILED, lock.problem, lock.remedy)
    elif lock.warning:
        yield Finding("vault", State.WARNING, lock.warning, lock.remedy)
    else:
        yield Finding("vault", State.OK, f"open with the key from {lock.source}")
