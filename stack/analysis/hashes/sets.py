"""Which of the operator's sets of known software a hash is in.

Each file of the folder becomes a compact file, once per version, made by a process of its own. A small one is
waited for; one as large as NSRL takes minutes, is left to it, and is asked from when it is done.
"""

import hashlib
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Final

from stack.analysis.hashes.set_building import DATABASES, TEXTS
from stack.analysis.hashes.set_files import MAGIC, HashSet
from stack.analysis.hashes.settings import HashSettings, current_settings

_LOOK_AGAIN_S: Final = 60.0
_WAIT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class InSets:
    """`names` of the sets that have a hash, of `asked` sets; `unready` says of others why they were not."""

    names: tuple[str, ...]
    asked: int
    unready: tuple[str, ...]


@dataclass
class _OpenSets:
    """The sets of this process; files that come or change are seen within a minute."""

    lock: Lock = field(default_factory=Lock)
    settings: HashSettings | None = None
    looked_at: float = 0.0
    opened: dict[Path, HashSet] = field(default_factory=dict)
    builders: dict[Path, "subprocess.Popen[str]"] = field(default_factory=dict)
    unready: dict[Path, str] = field(default_factory=dict)
    faults: dict[Path, str] = field(default_factory=dict)

    def get(self) -> tuple[list[HashSet], tuple[str, ...]]:
        settings = current_settings()
        with self.lock:
            is_due = bool(self.builders) or monotonic() - self.looked_at > _LOOK_AGAIN_S
            if settings is not self.settings or is_due:
                self._look(settings)
            return list(self.opened.values()), tuple(self.unready.values())

    def _look(self, settings: HashSettings) -> None:
        before = self.opened
        self.opened, self.unready = {}, {}
        if settings.sets is not None and settings.folder is not None:
            settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for source in sorted(settings.sets.iterdir()):
                if source.suffix.lower() in DATABASES | TEXTS:
                    self._open(source, settings.folder / f"{_digest(source)}.set", before)
        self.settings, self.looked_at = settings, monotonic()

    def _open(self, source: Path, target: Path, before: dict[Path, HashSet]) -> None:
        if target in self.builders or not (target.exists() or target in self.faults):
            self._build(source, target)
        if target in self.builders:
            self.unready[target] = f"{source.name}: it is being made ready, which takes minutes for millions"
        elif target in self.faults:
            self.unready[target] = self.faults[target]
        else:
            try:
                self.opened[target] = before.get(target) or HashSet(target)
            except (OSError, ValueError) as error:
                self.unready[target] = f"{source.name}: {error}"

    def _build(self, source: Path, target: Path) -> None:
        """Waits a little for a process that has just begun; looks only whether one from before is done."""
        builder = self.builders.get(target)
        timeout = _WAIT_S if builder is None else 0.0
        if builder is None:
            builder = self.builders[target] = subprocess.Popen(  # noqa: S603 -- our own program
                [sys.executable, "-m", "stack.analysis.hashes.set_building", str(source), str(target)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
        with suppress(subprocess.TimeoutExpired):
            builder.wait(timeout)
            told = builder.communicate()[1].strip().splitlines()
            del self.builders[target]
            if builder.returncode:
                self.faults[target] = f"{source.name}: {told[-1] if told else 'no reason given'}"
            else:
                _remove_others(target)


def _remove_others(target: Path) -> None:
    """Versions from before of the same file; a process that still maps one keeps it."""
    for path in target.parent.glob(f"{target.stem.partition('-')[0]}-*.set"):
        if path != target:
            with suppress(OSError):
                path.unlink()


_sets = _OpenSets()


def find_in_sets(raw: bytes) -> InSets:
    """`raw` is the hash in bytes. A file that cannot be used is told, never a failure."""
    opened, unready = _sets.get()
    names = tuple(each.header.name for each in opened if raw in each)
    return InSets(names, len(opened), unready)


def _digest(source: Path) -> str:
    """Which file, then which version of it."""
    status = source.stat()
    which = hashlib.sha256(str(source).encode()).hexdigest()[:16]
    version = f"{status.st_size} {status.st_mtime_ns}".encode()
    return f"{which}-{hashlib.sha256(MAGIC + version).hexdigest()[:16]}"
