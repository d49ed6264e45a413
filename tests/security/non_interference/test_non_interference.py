"""What bob may not see changes nothing of any answer that he gets: the same requests, with it and without."""

import difflib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import caches
from django.db import router
from pytest_django import Settings

from stack.accounts.models import User
from stack.accounts.roles import Role
from stack.vault.operations import keyed_hash
from tests.acts import undone
from tests.security.non_interference.replay import Answer, play_and_ask
from tests.security.non_interference.world import Clock, build_stage

pytestmark = pytest.mark.django_db(databases="__all__")
_MOST_SHOWN = 12


@pytest.mark.asvs("8.2.2", "8.4.1")
@pytest.mark.parametrize(
    ("role", "tlp_ceiling"),
    [
        (Role.READER, 2),
        (Role.PARTNER, 2),
        (Role.ANALYST, 2),
        (Role.ANALYST, 4),
        (Role.CURATOR, 2),
        (Role.ORGANISATION_ADMIN, 2),
    ],
)
@pytest.mark.timeout(600)
def test_what_bob_may_not_see_changes_no_answer(
    role: Role, tlp_ceiling: int, clock: Clock, tmp_path: Path, settings: Settings, database: str
) -> None:
    if database != "default" and (role, tlp_ceiling) != (Role.ANALYST, 2):
        pytest.skip("what is seen does not depend on the role: one role asks both databases")
    # Makes the keys of the vault, which the worlds then share: ids are derived from them.
    keyed_hash("", purpose="organisation-identity")
    worlds: list[list[Answer]] = []
    numbers: dict[str, int | str] = {}
    for is_whole in (True, False):
        folder = tmp_path / ("f" if is_whole else "p")
        settings.DATA, settings.SEARCH_INDEX = folder, folder / "index"
        folder.mkdir()
        for cache in caches.all():
            cache.clear()
        with undone(router.db_for_write(User)):
            stage = build_stage(clock, folder, role=role, tlp_ceiling=tlp_ceiling, is_whole=is_whole)
            worlds.append(
                play_and_ask(stage, role=role, tlp_ceiling=tlp_ceiling, is_whole=is_whole, numbers=numbers)
            )
            numbers = numbers or stage.numbers
        shutil.rmtree(folder)
    differences = list(_compare(*worlds))
    assert not differences, f"{len(differences)} answers differ\n" + "\n".join(differences[:_MOST_SHOWN])


def _compare(whole: list[Answer], partial: list[Answer]) -> Iterator[str]:
    for (name, lines), (other_name, other_lines) in zip(whole, partial, strict=False):
        if (name, lines) != (other_name, other_lines):
            diff = difflib.unified_diff(lines, other_lines, "with what bob may not see", "without", n=0)
            yield f"--- {name} {'' if name == other_name else other_name}\n" + "\n".join(
                line[:2000] for line in diff
            )
    if len(whole) != len(partial):
        yield f"{len(whole)} answers and {len(partial)}"
