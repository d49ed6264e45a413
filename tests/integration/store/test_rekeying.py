"""What a newer release reads out of texts is added to what there is, by a job that goes on where it was."""

import pytest

from stack.accounts.operations import ensure_first_organisation
from stack.accounts.principal import Principal
from stack.jobs.backfills import finish_backfill, note_all_done, queue_backfills
from stack.jobs.models import Backfill, Job, JobState
from stack.jobs.operations import run_inline
from stack.store.database import write_database
from stack.store.models import Change
from stack.store.queries import find_values
from stack.store.rekeying import KEYS_VERSION, derive_keys_again
from stack.store.tie_break import RULE_VERSION
from tests.integration.store.conftest import State, make_object

NAME = "values of objects"


def make_indicator(number: int) -> dict[str, object]:
    return make_object(
        "indicator",
        f"i{number}",
        pattern=f"[domain-name:value = 'd{number}.example']",
        pattern_type="stix",
        valid_from="2024-01-01T00:00:00Z",
    )


def forget_values(where: str) -> None:
    """As if the release that took the objects in had not known how to read their values."""
    database = write_database()
    with database.write():
        database.change(f"DELETE FROM store_key WHERE {where}", [()])


@pytest.mark.django_db(databases="__all__")
def test_values_that_an_older_release_did_not_see_are_found(
    database: str, principal: Principal, state: State
) -> None:
    ensure_first_organisation()
    state("feed", *(make_indicator(number) for number in range(3)))
    forget_values("value = 'd1.example'")
    assert not find_values(principal, ["d1.example"])
    before = Change.objects.count()
    finish_backfill("heads of objects", RULE_VERSION)

    [queued] = queue_backfills()
    assert queued == NAME
    assert queue_backfills() == []
    job = run_inline(Job.objects.get(kind="backfill").pk)

    assert (job.state, job.counts) == (JobState.DONE, {"changed": 1})
    assert find_values(principal, ["d1.example"])["d1.example"].matches
    assert Change.objects.count() == before + 1, "search has to be told of the one that changed, and no other"
    assert Backfill.objects.get(name=NAME).version == KEYS_VERSION
    assert queue_backfills() == []


@pytest.mark.django_db(databases="__all__")
def test_a_backfill_goes_on_from_the_place_it_had_reached(
    database: str, principal: Principal, state: State
) -> None:
    state("feed", *(make_indicator(number) for number in range(3)))
    forget_values("kind > 0")
    done = derive_keys_again(0)
    assert done is not None
    assert done.changed == 3
    assert derive_keys_again(0) == type(done)(done.done, 0), "a step that is repeated changes nothing"
    assert derive_keys_again(done.done) is None


@pytest.mark.django_db(databases="__all__")
def test_a_new_installation_has_nothing_to_derive_anew(database: str) -> None:
    note_all_done()
    assert queue_backfills() == []
    finish_backfill(NAME, KEYS_VERSION - 1)
    assert Backfill.objects.get(name=NAME).version == KEYS_VERSION - 1
