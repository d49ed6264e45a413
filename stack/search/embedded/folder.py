"""The folder of the embedded index: copies side by side, a file that names the one in use, and one writer.

<index>/current          the name of the copy that readers open
<index>/<schema>-<id>/   a copy; its schema version is in its name
<index>/writer.lock      locked by the process that may write; freed by the system when it ends
<index>/damaged          left by a reader that could not read the copy in use
"""

import fcntl
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stack.search.embedded.schema import SCHEMA_VERSION


class IndexFolder:
    """Finds, makes, switches and clears the copies of an index."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._pointer = root / "current"
        self._damaged = root / "damaged"

    def find_current(self) -> Path | None:
        """The copy in use, or None when there is none of this schema."""
        try:
            name = self._pointer.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        copy = self._root / name
        is_usable = name.startswith(f"{SCHEMA_VERSION}-") and (copy / "meta.json").is_file()
        return copy if is_usable else None

    def make_copy(self) -> Path:
        copy = self._root / f"{SCHEMA_VERSION}-{secrets.token_hex(6)}"
        copy.mkdir(parents=True)
        return copy

    def use(self, copy: Path) -> None:
        """Makes `copy` the one in use, in one step, and removes the others. Only the writer may call it."""
        draft = self._root / "current.new"
        draft.write_text(copy.name, encoding="ascii")
        draft.replace(self._pointer)
        self._damaged.unlink(missing_ok=True)
        for other in self._root.iterdir():
            if other.is_dir() and other != copy:
                shutil.rmtree(other, ignore_errors=True)

    def discard(self, copy: Path) -> None:
        shutil.rmtree(copy, ignore_errors=True)

    def report_damage(self, copy: Path) -> None:
        """Asks the next writer for a new copy; a data folder that may not be written stays as it is."""
        with suppress(OSError):
            self._damaged.write_text(copy.name, encoding="ascii")

    def is_damaged(self, copy: Path) -> bool:
        try:
            return self._damaged.read_text(encoding="ascii") == copy.name
        except OSError:
            return False

    @contextmanager
    def lock(self) -> Iterator[bool]:
        """True when this is now the writer; False while another process (or thread) is."""
        self._root.mkdir(parents=True, exist_ok=True)
        with (self._root / "writer.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True
