"""How the databases find what the hot queries ask for: by an index, never by reading a whole table, and no
index is there that none of them uses."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from stack.accounts.principal import Principal
from stack.store import queries
from stack.store.database import Database, write_database
from stack.store.operations import ensure_source, touch_known, write_statements
from stack.store.records import OWN_ALONE, Handling
from stack.store.statements import describe_statement
from tests.integration.store.conftest import encode, make_link, make_object
from tests.integration.store.filling import fill_tables

pytestmark = pytest.mark.django_db(databases="__all__")

HOT = ("object", "version", "text", "key", "edge", "change", "rival")
_TABLE = re.compile(r"\b(?:FROM|JOIN) (store_\w+)(?: (?!ON|WHERE|ORDER|JOIN|LIMIT)(\w+))?")
# Read from the end of the table's own order until a page is full.
_PAGE = re.compile(r"ORDER BY ((o\.)?id|(c\.)?sequence)( DESC)? LIMIT")
# Stops at the first row.
_ANY = re.compile(r"EXISTS \(SELECT 1 FROM store_rival\)")
# How many there are in all is an answer that is kept (`store.answers`), not asked for with every page.
_COUNT = re.compile(r"^SELECT (o\.type, )?COUNT\(\*\) FROM store_object o ")


@dataclass
class Plans:
    """What was asked, and the lines of each plan."""

    vendor: str
    lines: dict[str, list[str]] = field(default_factory=dict)

    def list_scans(self) -> list[str]:
        """Statements that read a hot table from end to end."""
        return [
            f"{line.strip()}: {sql}"
            for sql, lines in self.lines.items()
            if not _COUNT.match(sql) and not _ANY.search(sql)
            for line in lines
            if self._is_scan(line, sql)
        ]

    def _is_scan(self, line: str, sql: str) -> bool:
        if self.vendor == "postgresql":
            found = re.search(r"Seq Scan on (store_\w+)", line)
            return found is not None and is_hot(found[1])
        found = re.match(r"SCAN (\w+)(?! USING INDEX)", line)
        if found is None or _PAGE.search(sql):
            return False
        tables = {alias or table: table for table, alias in _TABLE.findall(sql)}
        return is_hot(tables.get(found[1], ""))

    def uses(self, index: str) -> bool:
        return any(re.search(rf"\b{index}\b", line) for lines in self.lines.values() for line in lines)


def is_hot(table: str) -> bool:
    return table.removeprefix("store_") in HOT


@pytest.fixture
def plans(database: str, monkeypatch: pytest.MonkeyPatch) -> Plans:
    """The plan of every read from now on."""
    found = Plans(write_database().connection.vendor)
    verb = "EXPLAIN QUERY PLAN " if found.vendor == "sqlite" else "EXPLAIN "
    read, read_members = Database.read, Database.read_members

    def explain(self: Database, sql: str, parameters: Sequence[Any] = (), *, mask: bytes = b"") -> Any:
        rows = read(self, verb + sql, parameters, mask=mask)
        found.lines.setdefault(sql, []).extend(str(row[-1]) for row in rows)
        return read(self, sql, parameters, mask=mask)

    def explain_members(
        self: Database, sql: str, members: Sequence[Any], parameters: Sequence[Any] = (), *, mask: bytes = b""
    ) -> Any:
        rows = read_members(self, verb + sql, members, parameters, mask=mask)
        found.lines.setdefault(sql, []).extend(str(row[-1]) for row in rows)
        return read_members(self, sql, members, parameters, mask=mask)

    monkeypatch.setattr(Database, "read", explain)
    monkeypatch.setattr(Database, "read_members", explain_members)
    return found


def tell(principal: Principal, *objects: dict[str, Any], handling: Handling = OWN_ALONE) -> None:
    source = ensure_source(principal, name="feed", reliability=3)
    statements = [describe_statement(encode(obj), obj) for obj in objects]
    write_statements(principal, statements=statements, source_id=source.id, handling=handling)


RAT, WORM = (make_object("malware", name, is_family=False) for name in ("rat", "worm"))
ADDRESS = make_object(
    "indicator",
    "address",
    pattern="[ipv4-addr:value = '198.51.100.7'] OR [ipv4-addr:value = '198.51.100.0/24']",
    pattern_type="stix",
    valid_from="2024-01-01T00:00:00.000Z",
)
REPORT = make_object(
    "report", "both", published="2024-01-01T00:00:00.000Z", object_refs=[RAT["id"], WORM["id"]]
)


@pytest.fixture
def filled(database: str, principal: Principal) -> Principal:
    tell(principal, RAT, WORM, ADDRESS, REPORT, make_link("uses", RAT, WORM))
    fill_tables(write_database())
    return principal


def state_again(principal: Principal) -> None:
    """A batch with new, changed and known statements, for another audience, too."""
    newer = WORM | {"modified": "2025-01-01T00:00:00.000Z"}
    new = [make_object("tool", f"tool {number}") for number in range(20)]
    tell(principal, RAT, newer, *new, make_link("uses", newer, new[0]))
    tell(principal, newer | {"description": "shared"}, handling=Handling(everyone=True))


def receive_again(principal: Principal) -> None:
    source = ensure_source(principal, name="feed")
    rat = describe_statement(encode(RAT), RAT)
    assert touch_known(principal, identities=[(rat.stix_id, rat.sha256)], source_id=source.id) == [True]


def look_up(principal: Principal) -> None:
    values = ["198.51.100.7", *(f"value{number}" for number in range(20))]
    assert queries.find_values(principal, values)
    queries.list_networks(principal, ["198.51.100.7"])
    queries.suggest_values(principal, "198.51")
    assert queries.list_values(principal, "198.51.100.", kind_code=1)


def list_pages(principal: Principal) -> None:
    first = queries.list_objects(principal, limit=10)
    queries.list_objects(principal, limit=10, after=first.next)
    first = queries.list_objects(principal, types=["x-kind-7"], limit=10)
    assert queries.list_objects(principal, types=["x-kind-7"], limit=10, after=first.next).rows
    queries.list_markings(principal)
    list(queries.iterate_texts(principal, object_ids=[row.id for row in first.rows]))


def read_log(principal: Principal) -> None:
    changes = queries.read_changes(queries.last_change() - 50, 20)
    assert queries.read_heads([change.object_id for change in changes])
    queries.list_recent_changes(principal)
    queries.list_withdrawn(principal, after=queries.last_change() - 50)


def open_object(principal: Principal) -> None:
    row = queries.get_object(principal, RAT["id"])
    assert row is not None
    queries.hydrate(principal, [row.id])
    queries.get_text(principal, RAT["id"])
    [version, *_] = queries.list_versions(principal, RAT["id"])
    queries.get_text(principal, RAT["id"], version=version.id)


def follow_edges(principal: Principal) -> None:
    assert queries.list_neighbours(principal, RAT["id"], direction="out").rows
    assert queries.list_neighbours(principal, WORM["id"], direction="in").rows
    queries.count_neighbours(principal, WORM["id"])


ASKED = (state_again, receive_again, look_up, list_pages, read_log, open_object, follow_edges)


def test_hot_queries_read_no_whole_table_and_use_every_index(filled: Principal, plans: Plans) -> None:
    for ask in ASKED:
        ask(filled)
    assert not (scans := plans.list_scans()), "\n".join(scans)
    indexes = list(list_indexes(write_database()))
    assert len(indexes) >= 4
    assert [index for index in indexes if not plans.uses(index)] == []
    # A query that does read a whole table is noticed.
    write_database().read("SELECT o.id FROM store_object o WHERE o.name = %s", ["nobody"])
    assert len(plans.list_scans()) == 1


def list_indexes(database: Database) -> Iterator[str]:
    """Of SQLite those that are trees of their own: a primary key there is the table itself."""
    with database.connection.cursor() as cursor:
        for table in HOT:
            if database.connection.vendor == "sqlite":
                cursor.execute(f"SELECT name FROM pragma_index_list('store_{table}') WHERE origin <> 'pk'")
            else:
                cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = %s", [f"store_{table}"])
            yield from (row[0] for row in cursor.fetchall())
