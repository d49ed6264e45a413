"""Java of the right age, and jars from Maven Central with all that they depend on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from services.folders import DOWNLOADS, hold_lock
from services.packages import find_program, install_package
from services.refusals import Refusal

_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>stack.services</groupId><artifactId>{name}</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>{dependencies}</dependencies>
</project>
"""
_DEPENDENCY = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"


def find_java(*, at_least: int) -> Path:
    """The home of the oldest JDK that will do; Debian's of 17 is installed where that is enough."""
    homes = _list_homes()
    fitting = [version for version in homes if version >= at_least]
    if not fitting and at_least <= 17:
        install_package("openjdk-17-jdk-headless", needed_for=f"a JDK of version {at_least}")
        homes = _list_homes()
        fitting = [version for version in homes if version >= at_least]
    if not fitting:
        seen = ", ".join(str(version) for version in sorted(homes)) or "none"
        raise Refusal(
            f"Java {at_least} is missing: install a JDK of version {at_least} or later under /usr/lib/jvm, "
            f"or name its folder in JAVA_HOME (found: {seen})"
        )
    return homes[min(fitting)]


def copy_dependencies(name: str, coordinates: list[str]) -> Path:
    """Brings the jars of `group:artifact:version` and of their dependencies; answers with their folder.

    The folder appears when it is complete, so a download that was cut off is begun again.
    """
    folder = DOWNLOADS / name
    with hold_lock(DOWNLOADS / f"{name}.lock"):
        if not folder.exists():
            _download(name, coordinates, folder)
    return folder


def _download(name: str, coordinates: list[str], folder: Path) -> None:
    find_java(at_least=17)
    maven = find_program("mvn", package="maven")
    draft = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=DOWNLOADS))
    dependencies = "".join(_DEPENDENCY.format(*each.split(":")) for each in coordinates)
    pom = draft / "pom.xml"
    pom.write_text(_POM.format(name=name, dependencies=dependencies), encoding="utf-8")
    print(f"downloading {name}", flush=True)
    _run_maven(
        [maven, "-B", "-q", "-f", str(pom), _COPY, f"-DoutputDirectory={draft}", "-DincludeScope=runtime"]
    )
    pom.unlink()
    draft.rename(folder)


def _run_maven(command: list[str]) -> None:
    """Runs Maven, a second time when the first fails: a repository that refuses once mostly answers then."""
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
    raise Refusal(f"Maven could not bring the jars: {(done.stdout + done.stderr).strip()[:1000]}")


def _list_homes() -> dict[int, Path]:
    homes: dict[int, Path] = {}
    for home in _candidates():
        release = home / "release"
        if (home / "bin" / "javac").exists() and release.exists():
            match = re.search(r'JAVA_VERSION="(\d+)', release.read_text(encoding="utf-8"))
            if match:
                homes.setdefault(int(match[1]), home)
    return homes


def _candidates() -> Iterator[Path]:
    if os.environ.get("JAVA_HOME"):
        yield Path(os.environ["JAVA_HOME"])
    yield from sorted(Path("/usr/lib/jvm").glob("*"))
    yield from sorted(Path("/Library/Java/JavaVirtualMachines").glob("*/Contents/Home"))
    java = shutil.which("java")
    if java:
        yield Path(java).resolve().parent.parent
