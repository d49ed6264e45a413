import copy
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings
from pytest_django import DjangoDbBlocker, Settings

from stack.search.indexer import catch_up
from tests.acts import undone
from tests.security.world import World, make_world


@pytest.fixture(scope="module")
def kept_world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Path]]:
    """For modules of many short tests (`usefixtures`): the world is made once, what each writes is undone."""
    folder = tmp_path_factory.mktemp("world")
    with django_db_blocker.unblock(), undone():
        yield _make_world(folder), folder


@pytest.fixture
def world(db: None, tmp_path: Path, settings: Settings, request: pytest.FixtureRequest) -> World:
    """Two organisations with one of everything each, searchable."""
    if "kept_world" in request.fixturenames:
        kept: tuple[World, Path] = request.getfixturevalue("kept_world")
        shutil.copytree(kept[1], tmp_path, dirs_exist_ok=True)
        made = copy.deepcopy(kept[0])
    else:
        made = _make_world(tmp_path)
    settings.DATA, settings.SEARCH_INDEX = tmp_path, tmp_path / "index"
    return made


def _make_world(folder: Path) -> World:
    with override_settings(DATA=folder, SEARCH_INDEX=folder / "index"):
        made = make_world()
        catch_up()
    return made
