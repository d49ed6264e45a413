"""The disk of the data folder fills up under load, and has room again later."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.inspection import inspect_installation
from tests.faults.installation import Installation, wait_for
from tests.faults.ledger import Ledger
from tests.faults.load import under_load
from tests.services import report_absent

SIZE_MB = 96


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own, in memory."""
    place = folder / "data"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0700", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        report_absent("tmpfs", f"mounting needs root: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_what_does_not_fit_is_refused_and_all_else_stays(
    folder: Path, small_disk: Path, ledger: Ledger
) -> None:
    ballast = small_disk / "ballast"
    with Installation(folder, roles=("web", "runner")) as installation:
        with under_load(installation, ledger, name="disk") as load:
            wait_for(lambda: load.acknowledged > 5 and load.seen > 0, seconds=60)
            _fill(small_disk, ballast)
            refused = load.refused
            wait_for(lambda: load.refused > refused + 5, seconds=60)
            time.sleep(3)
            ballast.unlink()
            before = load.acknowledged
            wait_for(lambda: load.acknowledged > before + 10, seconds=90)
        inspect_installation(installation, ledger)


def _fill(disk: Path, ballast: Path) -> None:
    """Until not a page is left."""
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65_536)
        except OSError:
            assert os.statvfs(disk).f_bavail < 32
