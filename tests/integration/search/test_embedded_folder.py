"""The embedded index in its folder: a second writer, faults of its files, and what a rebuild leaves."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stack.accounts.principal import Principal
from stack.core.errors import Unavailable
from stack.search import choice
from stack.search.choice import choose_backend
from stack.search.indexer import catch_up, ensure_fresh
from stack.search.models import IndexCursor
from stack.search.operations import rebuild
from stack.search.queries import search_objects
from stack.search.verify import verify_index
from tests.integration.search.conftest import State, make_object

pytestmark = [
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True),
]

LOADER = make_object("malware", "Loader")
WIPER = make_object("malware", "Wiper")
_HOLD_LOCK = """
import sys
from pathlib import Path
from stack.search.embedded.folder import IndexFolder
with IndexFolder(Path(sys.argv[1])).lock() as is_writer:
    print(is_writer, flush=True)
    sys.stdin.read()
"""


def names(principal: Principal, query: str = "") -> list[str]:
    return [hit.row.name for hit in search_objects(principal, query=query).hits]


def test_while_another_process_writes_the_work_is_left_to_it(
    principal: Principal, state: State, index_folder: Path
) -> None:
    state(LOADER)
    command = [sys.executable, "-c", _HOLD_LOCK, str(index_folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline().strip() == "True"
        state(WIPER, index=False)
        assert catch_up() == 0
        assert not ensure_fresh(timeout=0.1)
        with pytest.raises(Unavailable):
            rebuild(timeout=0)
        assert names(principal) == ["Loader"]
        other.kill()
    assert ensure_fresh()
    assert len(names(principal)) == 2


@pytest.mark.parametrize("damage", ["no folder", "no pointer", "other schema", "broken meta", "cut files"])
def test_a_missing_or_damaged_index_answers_and_is_built_again(
    principal: Principal, state: State, index_folder: Path, damage: str
) -> None:
    state(LOADER, WIPER)
    [copy] = [path for path in index_folder.iterdir() if path.is_dir()]
    match damage:
        case "no folder":
            shutil.rmtree(index_folder)
        case "no pointer":
            (index_folder / "current").unlink()
        case "other schema":
            copy.rename(index_folder / "000000000000-aaaa")
            (index_folder / "current").write_text("000000000000-aaaa")
        case "broken meta":
            (copy / "meta.json").write_text("{")
        case "cut files":
            for path in copy.iterdir():
                if path.suffix in {".term", ".idx", ".fast", ".store"}:
                    # Another file under its name: one that shrinks while it is mapped ends the process.
                    cut = path.with_name(f"{path.name}.cut")
                    cut.write_bytes(path.read_bytes()[:10])
                    cut.replace(path)
            choice._open_folder.cache_clear()  # as a process that starts
    page = search_objects(principal, query="")
    assert len(page.hits) == 2  # from the store
    assert not page.total_is_exact
    assert "being built" in page.reading
    catch_up()
    assert len(names(principal)) == 2
    assert verify_index().agrees


def test_rebuilding_switches_to_a_new_copy_and_removes_the_old_one(
    principal: Principal, state: State, index_folder: Path
) -> None:
    state(LOADER, WIPER)
    before = choose_backend().cursor_name()
    assert rebuild() == 2
    assert choose_backend().cursor_name() != before
    assert len([path for path in index_folder.iterdir() if path.is_dir()]) == 1
    assert len(names(principal)) == 2
    assert list(IndexCursor.objects.values_list("backend", flat=True)) == [choose_backend().cursor_name()]
