"""Where stored files are kept."""

from collections.abc import Iterator

from stack.cli.doctor.base import Finding, State


def diagnose() -> Iterator[Finding]:
    from stack.store.artifacts.queries import check_artifacts

    found = check_artifacts()
    if found.is_reachable:
        yield Finding("artifacts", State.OK, found.detail or found.name)
    else:
        remedy = (
            "Make it writable, or correct STACK_ARTIFACTS and STACK_S3_…; until then no file is taken in."
        )
        yield Finding("artifacts", State.FAILED, found.detail, remedy)
