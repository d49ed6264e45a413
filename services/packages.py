"""What the distribution brings: found, or installed where this user may."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path

from services.refusals import Refusal

_ONE_AT_A_TIME = threading.Lock()


def find_program(program: str, *, package: str, places: str = "") -> str:
    """The path of a program; `package` is installed when it is missing and apt-get can be used.

    `places` is a pattern below the root of the file system, for programs outside PATH: the last match counts.
    """
    found = _look(program, places)
    if found is None:
        install_package(package, needed_for=program)
        found = _look(program, places)
    if found is None:
        raise Refusal(f"{program} is missing, also after the package {package} was installed")
    return found


def install_package(package: str, *, needed_for: str) -> None:
    """Installs a Debian package, or says who has to."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Refusal(f"{needed_for} is missing: install the package {package}")
    with _ONE_AT_A_TIME:
        print(f"installing {package}", flush=True)
        _run_apt("update")
        _run_apt("install", "-y", "--no-install-recommends", package)


def _run_apt(*arguments: str) -> None:
    done = subprocess.run(
        ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"},
    )
    if done.returncode:
        raise Refusal(f"apt-get {arguments[0]} failed: {done.stderr.strip()[-500:]}")


def _look(program: str, places: str) -> str | None:
    if places:
        matches = sorted(Path("/").glob(places), key=_version_of)
        return str(matches[-1]) if matches else None
    return shutil.which(program)


def _version_of(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in path.parts if part.isdigit())
