from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stack.core.known_good import settings
from stack.core.known_good.building import build_file
from stack.core.known_good.lists import list_files
from stack.core.known_good.reading import CompactLists

LISTS = Path(__file__).parents[3] / "golden" / "known_good"
Find = Callable[[str, str], dict[str, str]]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("known-good") / "public.lists"
    build_file(target, files=list_files(LISTS))
    return target


@pytest.fixture
def find(built: Path) -> Find:
    """(kind, value) to the names of lists, each with what it means."""
    lists = CompactLists(built, switched_off=frozenset())
    return lambda kind, value: {each.list_name: each.category for each in lists.find(kind, value)}


@pytest.fixture
def kept_settings() -> Iterator[None]:
    before = settings.current_settings()
    yield
    settings.use_settings(before)
