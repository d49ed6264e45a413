"""Whatever moment a restore is cut at while things change places, nothing starts on a half of each."""

import shutil
from pathlib import Path

import pytest

from stack.cli.safekeeping.places import Place
from stack.cli.safekeeping.putting import prepare_folder, take_place
from stack.cli.unfinished import MARKER, refuse_unfinished
from stack.core.errors import Unavailable

_PARTS = ("stack.sqlite3", "audit-checkpoints.jsonl", "vault.key", "secret.key", "uploads/one")


class PowerCutError(BaseException):
    """Nothing after it runs."""


def prepare(folder: Path) -> Place:
    """An old installation, and a new one beside it."""
    import sqlite3

    folder.mkdir()
    for place, word in ((folder, "old"), (prepare_folder(folder), "new")):
        (place / "uploads").mkdir(exist_ok=True)
        for name in _PARTS[1:]:
            (place / name).write_text(word)
        with sqlite3.connect(place / "stack.sqlite3") as connection:
            connection.execute(f"CREATE TABLE {word} (id)")
        connection.close()
    (folder / "index").mkdir()
    return Place({"ENGINE": "sqlite", "NAME": str(folder / "stack.sqlite3")})


def tell(folder: Path) -> set[str]:
    """Which of the two each part is of."""
    words = {(folder / name).read_text() for name in _PARTS[1:]}
    data = (folder / "stack.sqlite3").read_bytes()
    return words | {"new" if b"CREATE TABLE new" in data else "old"}


def test_each_cut_leaves_the_old_the_new_or_nothing_that_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = []
    for step in range(12):
        folder = tmp_path / str(step)
        place, left = prepare(folder), [step]

        def count(real: object, left: list[int] = left) -> object:
            def replaced(self: Path, *arguments: object, **options: object) -> object:
                if not left[0]:
                    raise PowerCutError
                left[0] -= 1
                return real(self, *arguments, **options)  # type: ignore[operator]

            return replaced

        with monkeypatch.context() as patch:
            for name in ("replace", "unlink", "write_text"):
                patch.setattr(Path, name, count(getattr(Path, name)))
            try:
                take_place(folder, place, None)
                is_cut = False
            except PowerCutError:
                is_cut = True
        found = tell(folder)
        if (folder / MARKER).exists():
            outcomes.append("refused")
            with pytest.raises(Unavailable, match="a restore was cut short"):
                refuse_unfinished(folder)
        else:
            assert len(found) == 1
            refuse_unfinished(folder)
            outcomes.append(found.pop())
        if not is_cut:
            break
        shutil.rmtree(folder)
    assert outcomes[0] == "old"
    assert outcomes[-1] == "new"
    assert outcomes.count("refused") == len(outcomes) - 2 > 5
