"""Two organisations in one store: what one states for itself changes no answer that the other gets."""

import json
from typing import Any

import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Permission, Principal
from stack.search.indexer import catch_up
from stack.search.queries import search_objects
from stack.search.records import SearchPage
from stack.search.suggestions import suggest
from stack.search.verify import verify_index
from stack.store.operations import ensure_source, write_statements
from stack.store.records import Handling
from stack.store.statements import describe_statement
from tests.integration.search.conftest import State, make_indicator, make_object, make_relationship

pytestmark = pytest.mark.django_db(databases="__all__")

QUERIES = (
    "",
    "loader",
    "load*",
    "*oade*",
    "loadr~1",
    "evil.example",
    "value:*evil*",
    "text:drops",
    "label:t*",
)
LOADER = make_object("malware", "Loader", description="Drops files", labels=["t1"])
EVIL = make_indicator("evil.example", path="domain-name:value", labels=["t2"])
OWN = [
    LOADER,
    EVIL,
    make_relationship(EVIL, LOADER),
    *(make_object("tool", f"Loader {n}", labels=["t1", f"t{n}"]) for n in range(6)),
]
THEIRS = [
    {**LOADER, "name": "Loader!", "description": "Drops secrets", "modified": "2025-01-01T00:00:00.000Z"},
    {**EVIL, "labels": ["t9"], "modified": "2023-01-01T00:00:00.000Z"},
    *(make_object("malware", f"Loader {n}", labels=["t9", f"t{n}"], description="Drops") for n in range(80)),
    *(make_indicator(f"evil{n}.example", path="domain-name:value") for n in range(30)),
]


@pytest.fixture
def other(database: str) -> Principal:
    organisation = Organisation.objects.create(name="Other organisation")
    return Principal("other", organisation.pk, None, frozenset(Permission), 4)


def state_as(principal: Principal, *objects: dict[str, Any], handling: Handling | None = None) -> None:
    row = ensure_source(principal, name="feed")
    statements = [describe_statement(json.dumps(obj).encode(), obj) for obj in objects]
    write_statements(principal, statements=statements, source_id=row.id, handling=handling or Handling())
    catch_up()


def ask_all(principal: Principal) -> list[object]:
    """Every answer, with the tokens of pages."""
    answers: list[object] = []
    for query in QUERIES:
        for sort in ("relevance", "modified", "created", "name"):
            page = search_objects(
                principal, query=query, sort=sort, limit=4, facets=("type", "label", "source", "tlp")
            )
            answers.append(page)
            if page.next:
                answers.append(search_objects(principal, query=query, sort=sort, limit=4, after=page.next))
    return [*answers, *(suggest(principal, text) for text in ("lo", "load", "evil", "ev"))]


def test_what_another_organisation_states_for_itself_changes_no_answer(
    principal: Principal, other: Principal, state: State
) -> None:
    state(*OWN)
    before = ask_all(principal)
    assert any(isinstance(answer, SearchPage) and answer.next for answer in before)
    state_as(other, *THEIRS)
    assert ask_all(principal) == before
    assert verify_index().agrees
    assert search_objects(other, query="loader").total == 81


def test_of_a_shared_object_one_face_is_found_and_verified(
    principal: Principal, other: Principal, state: State
) -> None:
    """The newer statement that is shared takes the place of one's own; who sees only one finds that."""
    state(LOADER)
    newer = {**LOADER, "name": "Stealer", "modified": "2025-01-01T00:00:00.000Z"}
    state_as(other, newer, handling=Handling(organisation_ids=(principal.organisation_id,)))
    assert [hit.row.name for hit in search_objects(principal, query="").hits] == ["Stealer"]
    assert search_objects(principal, query="name:loader").total == 0
    assert search_objects(principal, query="", facets=("type",)).facets["type"][0].count == 1
    assert [hit.row.name for hit in search_objects(other, query="").hits] == ["Stealer"]
    report = verify_index()
    assert (report.documents, report.agrees) == (2, True)
