"""Makes the compact file of one file of known hashes; run as a program, in a process of its own.

Read are texts with hashes in their lines, such as NSRL's `NSRLFile.txt` of version 2, and SQLite databases
with columns named for hashes, such as NSRL's of version 3 (NIST, "Reference Data Set File Layout").
"""

import fcntl
import os
import re
import secrets
import sqlite3
import sys
from array import array
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from stack.analysis.hashes.set_files import Header, make_key, write_header

DATABASES: Final = frozenset({".db", ".sqlite", ".sqlite3"})
TEXTS: Final = frozenset({".txt", ".csv", ".hashes"})
_DIGITS: Final = re.compile(rb"(?<![0-9A-Za-z])[0-9A-Fa-f]{32,128}(?![0-9A-Za-z])")
_LENGTHS: Final = frozenset({16, 20, 32, 64})
_COLUMNS: Final = frozenset({"md5", "sha1", "sha256", "sha512"})


def read_hashes(path: Path) -> Iterator[bytes]:
    """Every hash of the file, raw; ValueError where it is no such file."""
    if path.suffix.lower() in DATABASES:
        yield from _read_database(path)
        return
    with path.open("rb") as lines:
        for line in lines:
            if line.lstrip()[:1] == b"#":
                continue
            for found in _DIGITS.findall(line):
                if len(found) // 2 in _LENGTHS and len(found) % 2 == 0:
                    yield bytes.fromhex(found.decode())


def _read_database(path: Path) -> Iterator[bytes]:
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            for table, columns in _find_columns(database):
                names = ", ".join(f'"{column}"' for column in columns)
                for row in database.execute(f'SELECT {names} FROM "{table}"'):  # noqa: S608 -- of its own schema
                    yield from map(bytes.fromhex, filter(_is_hash, row))
    except sqlite3.Error as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from None


def _find_columns(database: sqlite3.Connection) -> list[tuple[str, list[str]]]:
    """The tables with hashes; views of them only where no table has any."""
    for sort in ("table", "view"):
        names = [
            name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = ?", [sort])
        ]
        found = []
        for name in names:
            rows = database.execute("SELECT name FROM pragma_table_info(?)", [name])
            columns = [column for (column,) in rows if column.lower().replace("-", "") in _COLUMNS]
            if columns:
                found.append((name.replace('"', '""'), [column.replace('"', '""') for column in columns]))
        if found:
            return found
    raise ValueError("no table has a column called md5, sha1, sha256 or sha512")


def _is_hash(value: object) -> bool:
    if not isinstance(value, str) or len(value) % 2 or len(value) // 2 not in _LENGTHS:
        return False
    return value.isascii() and value.isalnum() and not set(value.lower()) - set("0123456789abcdef")


def build_file(source: Path, target: Path) -> None:
    """Whole or not at all. 8 bytes of memory for each hash, twice that while they are sorted."""
    import numpy

    salt = secrets.token_bytes(16)
    keys: dict[int, array[int]] = {}
    for raw in read_hashes(source):
        keys.setdefault(len(raw), array("Q")).append(make_key(raw, salt))
    if not keys:
        raise ValueError(f"{source.name} has no hash in it")
    ordered = {
        length: numpy.unique(numpy.frombuffer(found, dtype=numpy.uint64)) for length, found in keys.items()
    }
    counts = {length: len(found) for length, found in ordered.items()}
    made_at = source.stat().st_mtime_ns // 1000
    header = Header(name=source.stem, salt=salt, made_at=made_at, counts=counts)
    with NamedTemporaryFile(dir=target.parent, prefix=".building-", delete=False) as out:
        try:
            out.write(write_header(header))
            for found in ordered.values():
                out.write(found.tobytes())
            out.flush()
            os.fsync(out.fileno())
            Path(out.name).replace(target)
        except BaseException:
            Path(out.name).unlink(missing_ok=True)
            raise


def main(arguments: list[str]) -> int:
    source, target = map(Path, arguments)
    with target.with_suffix(".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            try:
                build_file(source, target)
            except (OSError, ValueError) as error:
                sys.stderr.write(f"{error}\n")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
