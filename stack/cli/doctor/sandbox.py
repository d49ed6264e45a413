"""Whether foreign files are read behind closed doors on this machine."""

from collections.abc import Iterator

from stack.cli.doctor.base import Finding, State
from stack.core.sandbox.isolation import measure_isolation

_REMEDY = (
    "Run Stack on Linux 5.13 or later, x86-64 or arm64, with Landlock and seccomp; "
    "see docs/documents.md before you let it read documents of strangers."
)


def diagnose() -> Iterator[Finding]:
    found = measure_isolation()
    if found.open_doors:
        yield Finding(
            "sandbox",
            State.WARNING,
            f"a reader of foreign files that is taken over could {', '.join(found.open_doors)}",
            _REMEDY,
        )
    elif not found.landlock:
        detail = "closed, but the kernel has no Landlock: a reader taken over could read files"
        yield Finding("sandbox", State.WARNING, detail, _REMEDY)
    else:
        yield Finding(
            "sandbox",
            State.OK,
            f"no network, files, processes or signals (seccomp, Landlock {found.landlock})",
        )
