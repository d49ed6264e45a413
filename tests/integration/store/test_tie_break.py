"""Which statement is shown is a function of the statements alone (docs/decisions/0013); what a replicating
source says again is no statement of its own."""

import json
from collections.abc import Callable
from hashlib import sha256
from itertools import permutations
from typing import Any

import pytest

from stack.accounts.principal import Principal
from stack.store import queries
from stack.store.database import write_database
from stack.store.models import Version
from stack.store.operations import ensure_source, write_statements
from stack.store.recognition import NotKnown
from stack.store.records import Handling, Outcome
from stack.store.statements import describe_statement
from stack.store.tie_break import choose_heads_again
from tests.integration.store.conftest import TLP_RED, State, encode, make_object, name_id

pytestmark = pytest.mark.django_db(databases="__all__")

NEWER = {"modified": "2024-03-01T00:00:00.000Z"}
Replicate = Callable[..., list[Outcome]]


@pytest.fixture
def replicate(principal: Principal) -> Replicate:
    source = ensure_source(principal, name="peer", kind="taxii")

    def state_again(*texts: bytes) -> list[Outcome]:
        statements = [describe_statement(text, json.loads(text)) for text in texts]
        return write_statements(
            principal, statements=statements, source_id=source.id, is_replica=True
        ).outcomes

    return state_again


def lowest(*objects: dict[str, Any]) -> bytes:
    return min((encode(each) for each in objects), key=lambda text: sha256(text).digest())


@pytest.mark.parametrize("is_revoked", [False, True])
def test_head_does_not_depend_on_the_order_of_receipt(
    principal: Principal, state: State, *, is_revoked: bool
) -> None:
    rat = make_object("malware", "rat")
    said = [rat | {"description": text} | NEWER for text in "abc"]
    if is_revoked:
        said = [rat | NEWER, *(rat | {"description": text, "revoked": True} for text in "ab")]
    contenders = said[1:] if is_revoked else said[:]
    said.append(rat)
    for turn, order in enumerate(permutations(said)):
        own = {"id": name_id("malware", f"rat {turn}")}
        for place, each in enumerate(order):
            state(f"feed {place}", each | own)
        assert queries.get_text(principal, own["id"]) == lowest(*(each | own for each in contenders))


def test_revocation_is_final_whatever_came_first(principal: Principal, state: State) -> None:
    rat = make_object("malware", "rat")
    state("feed", rat, rat | NEWER, rat | {"description": "gone", "revoked": True})
    row = queries.get_object(principal, rat["id"])
    assert row is not None
    assert row.revoked
    reasons = {version.reason for version in queries.list_versions(principal, rat["id"])}
    assert "newer than the revocation, which is final" in reasons


def test_text_that_is_here_already_is_no_statement_of_a_replica(
    principal: Principal, state: State, replicate: Replicate
) -> None:
    rat = make_object("malware", "rat")
    state("lab", rat)
    end = queries.last_change()
    assert replicate(encode(rat)) == [Outcome.KNOWN]
    assert queries.last_change() == end
    [version] = queries.list_versions(principal, rat["id"])
    assert (version.source, version.times_received) == ("lab", 1)


def test_other_letters_of_the_same_content_are_a_statement_of_a_replica(
    principal: Principal, state: State, replicate: Replicate
) -> None:
    rat = make_object("malware", "rat")
    state("lab", rat, reliability=5)
    spaced = json.dumps(rat, indent=1).encode()
    assert replicate(spaced, encode(rat), spaced) == [Outcome.KNOWN] * 3
    assert len(queries.list_versions(principal, rat["id"])) == 2
    assert queries.get_text(principal, rat["id"]) == min(
        (spaced, encode(rat)), key=lambda text: sha256(text).digest()
    )


def test_a_text_with_marked_parts_that_is_here_already_gets_no_rendition_either(
    principal: Principal, state: State
) -> None:
    marked = {"marking_ref": TLP_RED, "selectors": ["description"]}
    rat = make_object("malware", "rat", description="secret", is_family=True, granular_markings=[marked])
    state("lab", rat)
    before = Version.objects.count()
    source = ensure_source(principal, name="peer", kind="taxii")
    statement = describe_statement(encode(rat), rat)
    everyone = Handling(everyone=True)
    result = write_statements(
        principal, statements=[statement], source_id=source.id, handling=everyone, is_replica=True
    )
    assert result.outcomes == [Outcome.KNOWN]
    assert Version.objects.count() == before == 2
    worm = make_object("malware", "worm", description="secret", is_family=True, granular_markings=[marked])
    statement = describe_statement(encode(worm), worm)
    for _ in range(2):
        write_statements(
            principal, statements=[statement], source_id=source.id, handling=everyone, is_replica=True
        )
    assert Version.objects.count() == 4


def test_what_is_taken_to_be_known_by_whomever_is_named_where_it_is_not(
    principal: Principal, state: State
) -> None:
    rat, worm = make_object("malware", "rat"), make_object("malware", "worm")
    state("lab", rat)
    source = ensure_source(principal, name="peer", kind="taxii")
    known = [(each["id"], sha256(encode(each)).digest()) for each in (rat, worm)]
    with pytest.raises(NotKnown) as caught:
        write_statements(principal, statements=[], source_id=source.id, known=known, is_replica=True)
    assert list(caught.value.indices) == [1]
    write_statements(principal, statements=[], source_id=source.id, known=known[:1], is_replica=True)
    [version] = queries.list_versions(principal, rat["id"])
    assert version.times_received == 1


def test_heads_of_an_older_release_are_chosen_again(principal: Principal, state: State) -> None:
    rat = make_object("malware", "rat")
    other = rat | {"description": "other"}
    state("one", rat)
    state("two", other)
    right = queries.get_text(principal, rat["id"])
    versions = queries.list_versions(principal, rat["id"])
    wrong = next(version.id for version in versions if not version.is_head)
    database = write_database()
    database.change("UPDATE store_object SET head = %s WHERE head IS NOT NULL", [(wrong,)])
    assert queries.get_text(principal, rat["id"]) != right
    step = choose_heads_again(0)
    assert step is not None
    assert step.changed == 1
    assert queries.get_text(principal, rat["id"]) == right
    again = choose_heads_again(0)
    assert again is not None
    assert again.changed == 0
    assert choose_heads_again(step.done) is None
