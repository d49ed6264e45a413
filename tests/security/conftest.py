from pathlib import Path

import pytest
from pytest_django import Settings

from stack.search.indexer import catch_up
from tests.security.world import World, make_world


@pytest.fixture
def world(db: None, tmp_path: Path, settings: Settings) -> World:
    """Two organisations with one of everything each, searchable."""
    settings.DATA = tmp_path
    settings.SEARCH_INDEX = tmp_path / "index"
    made = make_world()
    catch_up()
    return made
