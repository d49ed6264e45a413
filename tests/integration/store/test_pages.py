"""Lists page by keyset: every row once, in a stated order, with an exact total."""

import pytest

from stack.accounts.principal import Principal
from stack.core.errors import BadInput
from stack.store import queries
from tests.integration.store.conftest import State, make_link, make_object

pytestmark = pytest.mark.django_db(databases="__all__")


def test_objects_of_a_type_come_newest_first_and_once(principal: Principal, state: State) -> None:
    names = [f"tool {n:02}" for n in range(7)]
    state(
        "feed",
        *(
            make_object("tool", name, modified=f"2024-01-{n % 3 + 1:02}T00:00:00Z")
            for n, name in enumerate(names)
        ),
        make_object("malware", "rat"),
    )
    rows, after = [], None
    while True:
        page = queries.list_objects(principal, types=["tool"], limit=3, after=after)
        assert page.total == 7
        rows += page.rows
        after = page.next
        if after is None:
            break
    assert sorted(row.name for row in rows) == names
    assert [row.modified for row in rows] == sorted((row.modified or 0 for row in rows), reverse=True)


def test_neighbours_of_a_hub_come_once(principal: Principal, state: State) -> None:
    hub = make_object("identity", "lab")
    tools = [make_object("tool", f"tool {n}", created_by_ref=hub["id"]) for n in range(5)]
    state("feed", hub, *tools, *(make_link("related-to", hub, tool) for tool in tools))
    found, after = [], None
    while True:
        page = queries.list_neighbours(principal, hub["id"], limit=3, after=after)
        assert page.total == 10
        found += [(n.direction, n.kind, n.other.name) for n in page.rows]
        after = page.next
        if after is None:
            break
    assert len(found) == len(set(found)) == 10
    assert sum(row.count for row in queries.count_neighbours(principal, hub["id"])) == 10


@pytest.mark.parametrize("token", ["x", "1", "out.1", "1.x"])
def test_foreign_page_token_is_refused(principal: Principal, token: str) -> None:
    with pytest.raises(BadInput):
        queries.list_objects(principal, after=token)
