"""Puts what was restored in the place of what was there.

A restore works in `restoring/` of the data folder. While several things change places, the file
`restore.unfinished` stands in the folder: nothing of Stack starts beside it, so a restore that was cut there
is done again and never half used.
"""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stack.cli.safekeeping.archive import sync_folder
from stack.cli.safekeeping.engines.sqlite import leave_alone
from stack.cli.safekeeping.files import CHECKPOINT_FILE
from stack.cli.safekeeping.places import Place
from stack.cli.unfinished import MARKER
from stack.core.errors import Unavailable

if TYPE_CHECKING:
    from stack.cli.safekeeping.engines.schemas import Staging

FOLDER: Final = "restoring"
DATABASE: Final = "stack.sqlite3"
_KEYS: Final = ("secret.key", "vault.key")


def prepare_folder(data: Path) -> Path:
    """An empty folder to restore into; what an earlier attempt left there goes."""
    folder = data / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "uploads").mkdir(mode=0o700, parents=True)
    folder.chmod(0o700)
    return folder


def remove_folder(data: Path) -> None:
    shutil.rmtree(data / FOLDER, ignore_errors=True)


def require_alone(place: Place) -> None:
    """`Unavailable` while another process has the SQLite file open."""
    if place.is_sqlite and place.path.exists() and not leave_alone(place.path):
        raise Unavailable(
            f"{place.path} is in use by another process",
            remedy="Stop Stack and its commands on this data folder first.",
        )


def take_place(data: Path, place: Place, staging: "Staging | None") -> None:
    """From here on the installation is the restored one. `Unavailable` where others are in the way."""
    folder = data / FOLDER
    require_alone(place)
    marker = data / MARKER
    marker.write_text("A restore was putting things in place. Run “stack restore” again.\n", encoding="utf-8")
    sync_folder(data)
    if staging is not None:
        try:
            staging.take_place()
        except BaseException:
            marker.unlink()
            raise
    else:
        _replace_file(folder / DATABASE, place.path)
    for upload in sorted((folder / "uploads").iterdir()):
        (data / "uploads").mkdir(mode=0o700, exist_ok=True)
        upload.replace(data / "uploads" / upload.name)
    _place_file(folder / CHECKPOINT_FILE, data / CHECKPOINT_FILE)
    for name in _KEYS:
        if (folder / name).exists():
            _set_aside(data / name)
            (folder / name).replace(data / name)
    shutil.rmtree(data / "index", ignore_errors=True)
    sync_folder(data)
    marker.unlink()
    sync_folder(data)
    shutil.rmtree(folder, ignore_errors=True)


def _replace_file(new: Path, old: Path) -> None:
    """A log beside the old file, which is empty when it was closed, would be read into the new one."""
    for suffix in ("-wal", "-shm", "-journal"):
        old.with_name(f"{old.name}{suffix}").unlink(missing_ok=True)
    new.replace(old)
    sync_folder(old.parent)


def _place_file(new: Path, old: Path) -> None:
    if new.exists():
        new.replace(old)
    else:
        old.unlink(missing_ok=True)


def _set_aside(path: Path) -> None:
    """A key that is replaced may be the only one that opens another backup: it is kept."""
    if path.exists():
        number = 1
        while path.with_name(f"{path.name}.before-{number}").exists():
            number += 1
        os.link(path, path.with_name(f"{path.name}.before-{number}"))
