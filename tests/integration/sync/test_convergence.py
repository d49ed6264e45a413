"""Two instances that replicate each other come to show the same, whatever happens between and to them."""

import json
import tempfile
import uuid
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.faults.installation import wait_for
from tests.integration.sync.pair import Pair, Side, open_pair

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with tempfile.TemporaryDirectory(prefix="stack-sync-") as folder, open_pair(Path(folder)) as made:
        yield made


def make_object(name: str, *, day: int, **others: Any) -> dict[str, Any]:
    return {
        "type": "malware",
        "spec_version": "2.1",
        "id": f"malware--{uuid.uuid5(uuid.NAMESPACE_URL, name)}",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": f"2026-02-{day:02d}T00:00:00.000Z",
        "name": name,
        "is_family": False,
    } | others


def choose_head(said: list[dict[str, Any]]) -> dict[str, Any]:
    """The rule of the head, by a reader of its own of decision 13."""
    first = min(said, key=lambda obj: sha256(write(obj)).digest())
    best = [obj for obj in said if obj.get("revoked")] or said
    newest = max(obj["modified"] for obj in best)
    return min(
        (obj for obj in best if obj["modified"] == newest),
        key=lambda obj: sha256(write(obj)).digest(),
        default=first,
    )


def write(obj: dict[str, Any]) -> bytes:
    """As `json.dumps` writes it into the bundle that is sent."""
    return json.dumps(obj).encode()


def show_heads(side: Side) -> dict[str, bytes]:
    return {stix_id: digest for stix_id, _, digest in side.read("last")}


def test_what_one_says_both_show_and_then_nothing_moves(pair: Pair) -> None:
    east, west = pair.sides
    east.state(*(make_object(f"east {place}", day=1) for place in range(40)))
    west.state(*(make_object(f"west {place}", day=1) for place in range(40)))
    assert pair.converge() <= 3
    changes = [side.describe_link()["moved"] for side in pair.sides]
    requests = [way.requests for way in pair.ways]
    assert [side.sync() for side in pair.sides] == [0, 0]
    assert [side.describe_link()["moved"] for side in pair.sides] == changes
    assert all(way.requests - before <= 2 for way, before in zip(pair.ways, requests, strict=True))


def test_each_object_is_moved_once_and_comes_back_once_at_most(pair: Pair) -> None:
    east = pair.sides[0]
    pair.converge()
    before = [side.describe_link()["moved"] for side in pair.sides]
    named = [make_object(f"once {place}", day=1) for place in range(25)]
    east.state(*named)
    pair.converge()
    moved = [side.describe_link()["moved"] - was for side, was in zip(pair.sides, before, strict=True)]
    assert moved == [25, 25], "west pulls it, east is offered it back, and that is the end of it"
    for side in pair.sides:
        assert len(side.count_statements(named[0]["id"])) == 1


def test_edits_on_both_sides_of_a_partition_meet_at_the_same_head(pair: Pair) -> None:
    east, west = pair.sides
    both = [make_object(f"both {place}", day=1) for place in range(6)]
    east.state(*both)
    pair.converge()
    for way in pair.ways:
        way.is_parted = True
    said: dict[str, list[dict[str, Any]]] = {obj["id"]: [obj] for obj in both}
    for side, word in ((east, "east"), (west, "west")):
        edits = [
            both[0] | {"description": word},
            both[1] | {"modified": "2026-02-05T00:00:00.000Z", "description": word},
            both[2] | {"modified": f"2026-02-0{5 if word == 'east' else 6}T00:00:00.000Z"},
            both[3] | {"modified": "2026-02-07T00:00:00.000Z", "revoked": word == "east"},
            both[4] | {"modified": f"2026-02-0{8 if word == 'east' else 9}T00:00:00.000Z", "revoked": True},
        ]
        side.state(*edits)
        for edit in edits:
            said[edit["id"]].append(edit)
    pair.converge()
    expected = {stix_id: sha256(write(choose_head(objects))).digest() for stix_id, objects in said.items()}
    for side in pair.sides:
        heads = show_heads(side)
        assert {stix_id: heads[stix_id] for stix_id in expected} == expected, side.name


def test_one_that_pulls_and_pushes_is_enough(pair: Pair) -> None:
    """East pushes into a collection of west, too; what west pulls of it then is known."""
    east, west = pair.sides
    pair.converge()
    shared = {"title": "From east", "writers": []}
    drop = west.ask("POST", "/collections", shared)["uid"]
    writer = west.stack.run(
        "key", "create", "writer", "--scope", "read", "--scope", "export", "--scope", "ingest", "--json"
    )
    url = f"http://127.0.0.1:{pair.ways[0].port}/taxii2/org-1/"
    draft = {"name": "west, to push", "url": url, "mode": "replicating", "token": writer["key"]}
    peer = east.ask("POST", "/peers", draft)["id"]
    link = {"collection": drop, "own_collection": east.collection, "tlp_ceiling": "red", "every_s": 86_400}
    east.ask("POST", f"/peers/{peer}/links", link)
    pushed = [make_object(f"pushed {place}", day=1) for place in range(5)]
    east.state(*pushed)
    ids = {obj["id"] for obj in pushed}
    wait_for(lambda: ids <= {stix_id for stix_id, _, _ in east.read("all")}, seconds=60)

    def has_pushed() -> bool:
        """Not by a run that began before they were there, nor by one that west answered with a wait."""
        east.ask("POST", f"/peers/{peer}/sync")
        return bool(east.ask("GET", f"/peers/{peer}")["links"][0]["moved"] >= 5)

    wait_for(has_pushed, seconds=120, every=1)
    [after] = east.ask("GET", f"/peers/{peer}")["links"]
    assert after["refused"] == 0, json.dumps(after)
    west.wait_for_ingests()
    pair.converge()
    for obj in pushed:
        assert len(west.count_statements(obj["id"])) == 1
        assert len(east.count_statements(obj["id"])) == 1


class Replication(RuleBasedStateMachine):
    """Random edits on both sides, networks that fail, and processes that are killed; then all is healed."""

    pair: Pair
    example = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).example += 1
        self.said: dict[str, list[dict[str, Any]]] = {}
        self.count = 0

    def _name(self, number: int) -> str:
        return f"example {self.example} object {number}"

    @rule(side=st.integers(0, 1), count=st.integers(1, 5))
    def state_new(self, side: int, count: int) -> None:
        objects = [make_object(self._name(self.count + place), day=1) for place in range(count)]
        self.count += count
        self._state(side, objects)

    @precondition(lambda self: self.count > 0)
    @rule(
        side=st.integers(0, 1),
        which=st.integers(0, 10_000),
        day=st.integers(1, 4),
        word=st.integers(0, 3),
        revokes=st.sampled_from([False, False, False, True]),
    )
    def state_edit(self, side: int, which: int, day: int, word: int, *, revokes: bool) -> None:
        """Also with the `modified` of a version that there is, or an older one."""
        others: dict[str, Any] = {"description": f"word {word}"} | ({"revoked": True} if revokes else {})
        self._state(side, [make_object(self._name(which % self.count), day=day, **others)])

    def _state(self, side: int, objects: list[dict[str, Any]]) -> None:
        self.pair.sides[side].state(*objects)
        for obj in objects:
            self.said.setdefault(obj["id"], []).append(obj)

    @rule(way=st.integers(0, 1), parted=st.booleans())
    def part(self, way: int, *, parted: bool) -> None:
        self.pair.ways[way].is_parted = parted

    @rule(way=st.integers(0, 1), cuts=st.sampled_from([0.0, 0.5]), repeats=st.sampled_from([0.0, 0.5]))
    def disturb(self, way: int, cuts: float, repeats: float) -> None:
        self.pair.ways[way].cuts, self.pair.ways[way].repeats = cuts, repeats
        self.pair.ways[way].delay_s = 0.05

    @rule(side=st.integers(0, 1))
    def sync(self, side: int) -> None:
        self.pair.sides[side].ask("POST", f"/peers/{self.pair.sides[side].peer}/sync")

    @rule(side=st.integers(0, 1), role=st.sampled_from(["web", "runner"]))
    def kill(self, side: int, role: str) -> None:
        """In the middle of whatever it does, a sync that was just asked for included."""
        self.sync(side)
        self.pair.sides[side].stack.restart(role)

    @invariant()
    def nothing(self) -> None:
        """What holds at each moment is held by the store's own tests; here the end counts."""

    def teardown(self) -> None:
        self.pair.converge(rounds=20)
        expected = {
            stix_id: sha256(write(choose_head(objects))).digest() for stix_id, objects in self.said.items()
        }
        for side in self.pair.sides:
            heads = show_heads(side)
            assert {stix_id: heads.get(stix_id) for stix_id in expected} == expected, side.name
            for stix_id in expected:
                statements = side.count_statements(stix_id)
                assert len(statements) == len(set(statements)), "an echo became a statement"


def _run(pair: Pair, *, examples: int, steps: int) -> None:
    Replication.pair = pair
    run_state_machine_as_test(
        Replication,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


def test_random_histories_converge(pair: Pair) -> None:
    _run(pair, examples=2, steps=10)


@pytest.mark.faults
@pytest.mark.timeout(3_600)
def test_many_random_histories_converge(pair: Pair) -> None:
    _run(pair, examples=40, steps=25)
