"""Writes the compact file of a set of lists, once for each version of them.

Run as a program it builds what its arguments name; `build_apart` does that in a process of its own, so that
the hundreds of megabytes that the lists take as objects never belong to the process that asks.
"""

import fcntl
import os
import secrets
import subprocess
import sys
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec

from stack.core.known_good import layout
from stack.core.known_good.lists import Exact, Expression, Host, WarningList, read_entries, read_list
from stack.core.known_good.ranges import Range, flatten_ranges
from stack.core.known_good.records import Category
from stack.core.known_good.suffixes import read_public_suffixes

_LONGEST_BUILD_S = 300
_IPV4_END = 1 << 32
_IPV6_END = 1 << 128


class _Building:
    """What has been read so far: texts by hash, ranges, and the lists themselves."""

    def __init__(self) -> None:
        self.salt = secrets.token_bytes(16)
        self.suffixes = read_public_suffixes()
        self.lists: list[layout.ListHeader] = []
        self.slots: list[tuple[int, bool]] = []
        self.texts: list[int] = []
        self.filter = bytearray(layout.FILTER_BITS // 8)
        self.ranges4: list[Range] = []
        self.ranges6: list[Range] = []

    def add_list(self, source: WarningList) -> None:
        exact, below = self._add_slots(len(self.lists))
        keeps_suffixes = source.category is Category.KNOWN or source.is_own
        expressions: list[str] = []
        texts: dict[int, list[str]] = {exact: [], below: []}
        for entry in read_entries(source):
            if isinstance(entry, Host):
                # Whoever may register below a public suffix is not who the list speaks of.
                goes_below = entry.below and (keeps_suffixes or entry.name not in self.suffixes)
                texts[below if goes_below else exact].append(entry.name)
            elif isinstance(entry, Exact):
                texts[exact].append(entry.text)
            elif isinstance(entry, Expression):
                expressions.append(entry.text)
            else:
                ranges = self.ranges4 if entry.version == 4 else self.ranges6
                ranges.append((int(entry.network_address), int(entry.broadcast_address), exact))
        for slot, found in texts.items():
            self._add_texts(found, slot)
        self.lists.append(
            layout.ListHeader(
                name=source.name,
                title=source.title,
                version=source.version,
                category=source.category,
                kinds=sorted(source.kinds),
                entries=len(source.values),
                is_popular=source.is_popular,
                is_own=source.is_own,
                expressions=expressions,
            )
        )

    def _add_slots(self, number: int) -> tuple[int, int]:
        self.slots += [(number, False), (number, True)]
        if len(self.slots) > layout.MOST_SLOTS:
            raise ValueError(f"more than {layout.MOST_SLOTS // 2} lists of known-good values")
        return 2 * number, 2 * number + 1

    def _add_texts(self, texts: list[str], slot: int) -> None:
        """Millions go through here, so that each is touched as seldom as can be."""
        raws = [text.encode() for text in texts]
        salt, bits, hash_text = self.salt, self.filter, layout.hash_text
        for bit in map(layout.filter_bit, raws):
            bits[bit >> 3] |= 1 << (bit & 7)
        self.texts += [hash_text(raw, salt) | slot for raw in raws]

    def write(self) -> Iterator[bytes]:
        """The pieces of the file."""
        sets: dict[frozenset[int], int] = {frozenset(): 0}
        starts4, sets4, starts6, sets6 = array("I"), array("I"), bytearray(), array("I")
        for start, held in flatten_ranges(self.ranges4):
            if start < _IPV4_END:
                starts4.append(start)
                sets4.append(sets.setdefault(held, len(sets)))
        for start, held in flatten_ranges(self.ranges6):
            if start < _IPV6_END:
                starts6 += start.to_bytes(16, "big")
                sets6.append(sets.setdefault(held, len(sets)))
        texts = array("Q", sorted(set(self.texts)))
        parts: tuple[bytes | bytearray, ...] = (
            self.filter,
            texts.tobytes(),
            starts4.tobytes(),
            sets4.tobytes(),
            starts6,
            sets6.tobytes(),
        )
        header = layout.Header(
            salt=self.salt,
            lists=self.lists,
            slots=self.slots,
            sets=[sorted(held) for held in sets],
            sections={name: len(part) for name, part in zip(layout.SECTIONS, parts, strict=True)},
        )
        text = msgspec.json.encode(header)
        yield layout.MAGIC + len(text).to_bytes(8, "little")
        for part in (text, *parts):
            yield bytes(part) + bytes(layout.round_up(len(part)) - len(part))


def build_file(target: Path, *, files: Iterable[Path], own: Iterable[Path] = ()) -> None:
    """Writes the compact file of these lists, whole or not at all; ValueError names one that is damaged."""
    building = _Building()
    for file in files:
        building.add_list(read_list(file, is_own=False))
    for file in own:
        building.add_list(read_list(file, is_own=True))
    with NamedTemporaryFile(dir=target.parent, prefix=".building-", delete=False) as out:
        try:
            out.writelines(building.write())
            out.flush()
            os.fsync(out.fileno())
            Path(out.name).replace(target)
        except BaseException:
            Path(out.name).unlink(missing_ok=True)
            raise


def build_apart(target: Path, *, files: Iterable[Path], own: Iterable[Path] = ()) -> None:
    """`build_file` in a process of its own; who comes meanwhile waits for it and finds it done.

    OSError where the folder cannot be written, ValueError with what the process said where it failed.
    """
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _hold_lock(target.with_suffix(".lock")):
        if target.exists():
            return
        arguments = [str(target), *map(str, files), "--own", *map(str, own)]
        try:
            done = subprocess.run(  # noqa: S603  (our own program, and paths that the operator named)
                [sys.executable, "-m", "stack.core.known_good.building", *arguments],
                capture_output=True,
                text=True,
                timeout=_LONGEST_BUILD_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ValueError(f"building them took more than {_LONGEST_BUILD_S} s") from None
        if done.returncode:
            raise ValueError((done.stderr.strip().splitlines() or ["no reason given"])[-1])


def remove_others(target: Path, *, prefix: str) -> None:
    """Files of former versions, which nobody opens any more; a process that still maps one keeps it."""
    for path in target.parent.glob(f"{prefix}-*"):
        if path.stem != target.stem:
            with suppress(OSError):
                path.unlink()


@contextmanager
def _hold_lock(path: Path) -> Iterator[None]:
    with path.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main(arguments: list[str]) -> int:
    target, *rest = arguments
    middle = rest.index("--own")
    build_file(Path(target), files=map(Path, rest[:middle]), own=map(Path, rest[middle + 1 :]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
