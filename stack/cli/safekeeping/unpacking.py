"""Takes an archive apart: rows go to whoever asks, files where they belong on the way."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import groupby
from pathlib import Path

from stack.cli.safekeeping.archive import CheckedArchive, iterate_parts
from stack.cli.safekeeping.files import ARTIFACT, CHECKPOINTS
from stack.cli.safekeeping.manifest import FileRecord
from stack.cli.safekeeping.tables import Table
from stack.core.errors import BadInput, NotFound


class Unpacking:
    """`kept` are the artifacts that were not there before: whoever gives up takes them away again."""

    def __init__(self, archive: CheckedArchive, folder: Path) -> None:
        self._archive = archive
        self._folder = folder
        self.kept: list[str] = []

    def iterate_rows(self) -> Iterator[tuple[Table, bytes]]:
        """Pieces of whole lines with their table. What was checked before is compared once more."""
        manifest = self._archive.manifest
        tables = {f"tables/{record.name}": record for record in manifest.tables}
        files = {record.path: record for record in manifest.files}
        parts = iterate_parts(self._archive.path)
        for thing, group in groupby(parts, key=lambda part: part[0].rpartition("/")[0]):
            contents = (content for _, content in group)
            if thing in files:
                self._put_file(files[thing], contents)
            elif thing in tables:
                digest = sha256()
                for content in contents:
                    digest.update(content)
                    yield tables[thing].table, content
                self._compare(thing, digest.hexdigest(), tables[thing].sha256)

    def _put_file(self, record: FileRecord, contents: Iterable[bytes]) -> None:
        digest = sha256()

        def pass_on() -> Iterator[bytes]:
            for content in contents:
                digest.update(content)
                yield content
            self._compare(record.path, digest.hexdigest(), record.sha256)

        if record.kind == ARTIFACT:
            self._keep_artifact(record.name, pass_on())
            return
        name = Path(record.name).name
        target = self._folder / name if record.kind == CHECKPOINTS else self._folder / "uploads" / name
        with target.open("wb") as file:
            target.chmod(0o600)
            file.writelines(pass_on())

    def _keep_artifact(self, name: str, contents: Iterator[bytes]) -> None:
        from stack.store.artifacts.operations import keep_sealed

        if has_artifact(name):
            return
        keep_sealed(name, contents)
        self.kept.append(name)

    def _compare(self, thing: str, found: str, expected: str) -> None:
        if found != expected:
            raise BadInput(
                f"{self._archive.path}: {thing} has changed since it was checked",
                remedy="Restore from a copy that nobody writes to.",
            )


def has_artifact(name: str) -> bool:
    from stack.store.artifacts.queries import read_sealed

    try:
        next(iter(read_sealed(name)), None)
    except NotFound:
        return False
    return True


def discard_artifacts(names: Iterable[str]) -> None:
    """Their bytes alone: no database knows of them yet."""
    from stack.store.artifacts.choice import open_storage

    for name in names:
        open_storage().remove(name)
