"""What happens in the world, in order. Beside each item stands, worked out by hand, from which TLP ceiling on
bob sees it; `NEVER` where he never does. World P leaves out what he does not see, or has the `stand_in`.

What somebody does to a thing that bob sees before or after shows by its effects, and is told in both worlds.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import orjson

from stack.accounts.models import Membership, SharingGroup
from stack.accounts.operations import (
    create_key,
    create_member,
    invite,
    rename_organisation,
    restrict_marking,
    revoke_key,
)
from stack.accounts.roles import Permission, Role
from stack.audit.operations import record_refusal
from stack.core.acts import Origin, acting_from
from stack.core.errors import NotAllowed
from stack.ingest.notes import add_note
from stack.search.operations import save_lookup
from stack.sharing.collections.operations import create_api_root, create_collection
from stack.sharing.collections.records import Sharing
from stack.sharing.exporting.records import ExportRequest
from stack.sharing.outputs.operations import create_output
from stack.stix.markings import TLP_20_IDS
from stack.store.marking import mark_object
from stack.store.operations import ensure_source
from stack.store.removal import remove_source
from tests.integration.store.conftest import make_link, make_object, name_id
from tests.security.analyses import make_analysis
from tests.security.non_interference.world import (
    AGENCY,
    BANK,
    HOUR,
    OWN,
    START,
    THIRD,
    Stage,
    bring_index_up,
    encode_bundle,
)
from tests.security.reviews import make_review

Tell = Callable[[Stage], None]
Object = dict[str, Any]
ALWAYS, NEVER = 0, 9
RED_CEILING = 4
AMBER, STRICT, RED = TLP_20_IDS["amber"], TLP_20_IDS["amber+strict"], TLP_20_IDS["red"]
GREEN, CLEAR = TLP_20_IDS["green"], TLP_20_IDS["clear"]
EARLIER, LATER = "2023-06-01T00:00:00.000Z", "2025-06-01T00:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Item:
    """`seen_from` is the lowest ceiling (0 clear to 4 red) with which bob sees what is told here."""

    seen_from: int
    tell: Tell
    stand_in: Tell | None = None


def play(stage: Stage, *, tlp_ceiling: int, is_whole: bool) -> None:
    """World F, or without the rest what bob sees of it; each item at its own time."""
    for place, item in enumerate(list_items()):
        stage.clock.now = START + (place + 1) * HOUR
        if is_whole or item.seen_from <= tlp_ceiling:
            item.tell(stage)
        elif item.stand_in is not None:
            item.stand_in(stage)


def state(who: str, *objects: Object | bytes, **options: Any) -> Tell:
    """`who` states objects; `orgs` and `groups` share them, `markings` and the like are of the handling."""
    shares = {
        name: options.pop(name)
        for name in ("orgs", "groups", "everyone", "markings", "embargo_until")
        if name in options
    }
    return lambda stage: stage.state(who, *objects, handling=stage.share(**shares), **options)


def _malware(name: str, **properties: Any) -> Object:
    return make_object("malware", name, is_family=True, **properties)


def _indicator(name: str, path: str, value: str, **properties: Any) -> Object:
    return make_object(
        "indicator",
        name,
        pattern=f"[{path} = '{value}']",
        pattern_type="stix",
        valid_from="2024-01-01T00:00:00Z",
        **properties,
    )


def _address(value: str) -> Object:
    kind = "ipv4-addr" if "/" in value or value[0].isdigit() else "domain-name"
    return {"type": kind, "spec_version": "2.1", "id": name_id(kind, value), "value": value}


def _sighting(name: str, of: Object, where: Object) -> Object:
    made = make_object("sighting", name, sighting_of_ref=of["id"], where_sighted_refs=[where["id"]])
    del made["name"]
    return made


# What bob's own people say.
BOBS = [_malware(f"Bob's loader {number}", labels=["loader", f"wave-{number % 3}"]) for number in range(4)]
BOB_INDICATOR = _indicator("bob sees a beacon", "ipv4-addr:value", "198.51.100.7", labels=["beacon"])
BOB_DOMAIN = _indicator("bob sees a domain", "domain-name:value", "beacon.example", confidence=40)
BOB_RED = _malware("Carol's red loader", object_marking_refs=[RED], labels=["loader"])
LATE = [_malware(f"stated late {number}") for number in range(5)]
LAB = make_object("identity", "Bob's laboratory", identity_class="organization")

# What alice keeps to herself. Its words, labels and values are those of what bob sees.
SECRETS = [
    _malware(
        f"Alice's loader {number}",
        description="The loader beacons to beacon.example and wipes; a private secret-word campaign",
        labels=["loader", "beacon", f"wave-{number % 7}"],
        aliases=["Bob's loader 1", f"Nightshade {number}"],
        modified=f"2025-0{1 + number % 9}-01T00:00:00.000Z",
        confidence=number,
    )
    for number in range(30)
]
SECRET = SECRETS[0]
SECRET_VALUES = [
    _indicator("alice sees the same beacon", "ipv4-addr:value", "198.51.100.7", labels=["beacon"]),
    _indicator("alice sees the same domain", "domain-name:value", "beacon.example", confidence=90),
    _indicator("alice sees another domain", "domain-name:value", "hidden.example"),
    _indicator("alice sees a network", "ipv4-addr:value", "198.51.100.0/24"),
    _address("198.51.100.7"),
    _address("198.51.100.0/25"),
    _address("beacon.example"),
    _address("hidden.example"),
]
# What alice shares.
BY_LEVEL = {
    level: _malware(f"shared at {level}", object_marking_refs=[TLP_20_IDS[level]], labels=["shared"])
    for level in ("clear", "green", "amber", "amber+strict", "red")
}
_SEEN_FROM = {"clear": 0, "green": 1, "amber": 2, "amber+strict": 3, "red": 4}
TO_BANK, TO_CIRCLE, TO_INNER, TO_THIRD = (
    _malware(f"shared with {name}", labels=["shared"]) for name in ("the bank", "Circle", "Inner", "Third")
)
EMBARGOED, RELEASED = _malware("embargoed", labels=["shared"]), _malware("released", labels=["shared"])
CLUB = make_object("marking-definition", "club", definition_type="statement", definition={"statement": "c"})
CLOSED = make_object(
    "marking-definition", "closed", definition_type="statement", definition={"statement": "x"}
)
del CLUB["modified"], CLOSED["modified"]
FOR_CLUB = _malware("for the club", object_marking_refs=[CLUB["id"]])
FOR_CLOSED = _malware("for the closed circle", object_marking_refs=[CLOSED["id"]])
FOR_CLOSED_TOO = _malware("closed by its handling")
WITH_PARTS = {
    "type": "malware",
    "spec_version": "2.1",
    "id": name_id("malware", "with parts"),
    "created": "2024-01-01T00:00:00.000Z",
    "modified": "2024-01-01T00:00:00.000Z",
    "name": "with parts",
    "is_family": False,
    "description": "beacons to 203.0.113.99 and parts.example",
    "labels": ["shared", "beacon"],
    "object_marking_refs": [GREEN],
    "granular_markings": [{"marking_ref": RED, "selectors": ["description", "labels.[1]"]}],
}
# By hand: what STIX 2.1, section 7.2.3 leaves of it below TLP:RED.
WITHOUT_PARTS = {
    name: ["shared"] if name == "labels" else value
    for name, value in WITH_PARTS.items()
    if name not in {"description", "granular_markings"}
}
GONE = [_malware(f"of a source that is gone {number}", labels=["loader"]) for number in range(3)]
WITHDRAWN, BACK = _malware("shared and withdrawn"), _malware("withdrawn and back")

# Nodes and links in all combinations of who sees them.
NODES = {
    "visible": _malware("node of alice, shared"),
    "bob": _malware("node of bob"),
    "hidden": _malware("node of alice, hidden"),
    "absent": _malware("node that nobody stated"),
}
LINKS = {
    (teller, source, target): make_link(
        f"{teller}-says", NODES[source], NODES[target], description=f"{teller} says so"
    )
    for teller in ("bob", "alice", "hidden")
    for source, target in product(NODES, NODES)
    if source != target
}
SIGHTINGS = {
    (teller, node): _sighting(f"{teller} sights {node}", NODES[node], LAB)
    for teller in ("bob", "alice", "hidden")
    for node in NODES
}
SECRET_LINKS = [make_link("aardvark-of", SECRETS[number], each) for number, each in enumerate(BOBS[:2])]
REPORT = make_object(
    "report",
    "bob's report",
    published="2024-01-01T00:00:00Z",
    object_refs=[NODES["hidden"]["id"], *(each["id"] for each in LATE), NODES["visible"]["id"]],
)

# The same STIX id stated by both: which of them first, with what content, how new, and shared or not.
_CONTENTS: dict[str, Object] = {
    "same": {},
    "other": {"name": "Alice's other name for it", "labels": ["beacon"]},
    "newer": {"name": "Alice's newer name for it", "modified": LATER, "labels": ["loader"]},
    "older": {"name": "Alice's older name for it", "modified": EARLIER, "description": "was a loader"},
    "revoked": {"revoked": True, "modified": LATER},
}
SAME_IDS = {
    (who, content, reach): _malware(f"stated by both: {who} first, {content}, {reach}")
    for who in ("alice", "bob")
    for content in _CONTENTS
    for reach in ("private", "amber", "red", "everyone")
}
_REACH: dict[str, tuple[int, dict[str, Any]]] = {
    "private": (NEVER, {}),
    "amber": (2, {"everyone": True, "markings": (AMBER,)}),
    "red": (4, {"everyone": True, "markings": (RED,)}),
    "everyone": (ALWAYS, {"everyone": True}),
}

# Several faces of one id, all of them alice's, of which bob sees one, two or none before his own.
LAYERED = _malware("stated thrice")


def _both(who: str, content: str, reach: str) -> list[Item]:
    known = SAME_IDS[who, content, reach]
    seen_from, handling = _REACH[reach]
    of_bob = Item(ALWAYS, state("carol", known, source="same ids", reliability=2))
    of_alice = Item(seen_from, state("alice", known | _CONTENTS[content], source="same ids", **handling))
    return [of_alice, of_bob] if who == "alice" else [of_bob, of_alice]


def _link(teller: str, objects: list[Object]) -> Item:
    if teller == "bob":
        return Item(ALWAYS, state("carol", *objects, source="links"))
    if teller == "alice":
        return Item(ALWAYS, state("alice", *objects, source="links", everyone=True))
    return Item(NEVER, state("alice", *objects, source="links"))


def list_items() -> Iterator[Item]:
    yield from _tell_of_accounts()
    yield from _tell_before_bob()
    yield from _tell_of_sharing()
    for key in SAME_IDS:
        yield from _both(*key)
    yield from _tell_layers()
    yield Item(ALWAYS, lambda stage: bring_index_up())
    yield from _tell_links()
    yield from _tell_of_jobs()
    yield Item(ALWAYS, lambda stage: bring_index_up())
    yield from _tell_afterwards()


def _tell_of_accounts() -> Iterator[Item]:
    yield Item(ALWAYS, _restrict("club", CLUB, granted_to=("bob", "carol", "alice")))
    # Who knows a marking's id sees that it is restricted, by stating something that carries it.
    yield Item(ALWAYS, _restrict("closed", CLOSED, granted_to=("alice",)))
    yield Item(NEVER, _make_inner_group)
    for number in range(6):
        yield Item(NEVER, lambda stage, number=number: _make_arthur(stage, number))  # type: ignore[misc]
        yield Item(NEVER, _make_source("alice", f"OSINT {number}"))
        yield Item(ALWAYS, _make_source("carol", f"bank feed {number}"))
    yield Item(
        NEVER,
        lambda stage: _keep(
            stage,
            "invitation:alice",
            invite(
                stage.principal("alice"),
                role=Role.ANALYST,
                tlp_ceiling=2,
                email="secret@agency.example",
                days=30,
            ).id,
        ),
    )
    yield Item(
        ALWAYS,
        lambda stage: _keep(
            stage,
            "invitation:carol",
            invite(
                stage.principal("carol"), role=Role.READER, tlp_ceiling=1, email="guest@bank.example", days=30
            ).id,
        ),
    )
    yield Item(NEVER, lambda stage: _make_key(stage, "alice", "agency key"))
    yield Item(NEVER, _make_and_revoke_key)
    yield Item(ALWAYS, lambda stage: _make_key(stage, "carol", "bank key"))


def _tell_before_bob() -> Iterator[Item]:
    """Alice is first: with words, values, kinds of edges and references that bob's people use later."""
    yield Item(NEVER, state("alice", *SECRETS[:15], source="OSINT"))
    yield Item(NEVER, state("alice", *SECRET_LINKS, source="OSINT"))
    # The ids that bob's people state later, referred to in another order.
    yield Item(
        NEVER,
        state(
            "alice",
            *(make_link("says", SECRET, each) for each in (*LATE[::-1], BOBS[3], BOBS[1], NODES["bob"])),
            source="OSINT",
        ),
    )
    yield Item(NEVER, state("alice", *SECRET_VALUES, source="OSINT"))
    yield Item(ALWAYS, state("carol", *BOBS, source="OSINT"))
    yield Item(ALWAYS, state("carol", BOB_INDICATOR, BOB_DOMAIN, _address("198.51.100.7"), source="feed"))
    yield Item(4, state("carol", BOB_RED, source="feed"))
    yield Item(4, state("carol", _address("red.example"), source="feed", markings=(RED,)))
    for each in LATE:
        yield Item(ALWAYS, state("carol", each, source="late"))
    yield Item(ALWAYS, state("carol", LAB, source="feed"))
    yield Item(NEVER, state("alice", *SECRETS[15:], source="OSINT"))


def _tell_of_sharing() -> Iterator[Item]:
    for level, obj in BY_LEVEL.items():
        yield Item(_SEEN_FROM[level], state("alice", obj, source="shares", everyone=True))
    yield Item(ALWAYS, state("alice", TO_BANK, source="shares", orgs=[BANK]))
    yield Item(ALWAYS, state("alice", TO_CIRCLE, source="shares", groups=["Circle"]))
    yield Item(NEVER, state("alice", TO_INNER, source="shares", groups=["Inner"]))
    yield Item(NEVER, state("alice", TO_THIRD, source="shares", orgs=[THIRD]))
    yield Item(NEVER, state("alice", EMBARGOED, everyone=True, embargo_until=START + 10**6 * HOUR))
    yield Item(ALWAYS, state("alice", RELEASED, everyone=True, embargo_until=START + 1000 * HOUR))
    yield Item(ALWAYS, state("alice", CLUB, FOR_CLUB, source="shares", everyone=True))
    yield Item(NEVER, state("alice", CLOSED))
    yield Item(NEVER, state("alice", FOR_CLOSED, source="shares", everyone=True))
    yield Item(NEVER, state("alice", FOR_CLOSED_TOO, everyone=True, markings=(CLOSED["id"],)))
    yield Item(
        4,
        state("alice", WITH_PARTS, source="shares", everyone=True),
        state("alice", orjson.dumps(WITHOUT_PARTS), source="shares", everyone=True),
    )


def _tell_layers() -> Iterator[Item]:
    for level, seen_from, modified in ((RED, 4, LATER), (STRICT, 3, "2025-01-01T00:00:00.000Z")):
        said = LAYERED | {"name": f"stated thrice, {seen_from}", "modified": modified}
        yield Item(seen_from, state("alice", said, everyone=True, markings=(level,)))
    yield Item(ALWAYS, state("alice", LAYERED, everyone=True, markings=(GREEN,)))
    yield Item(ALWAYS, state("carol", LAYERED | {"modified": EARLIER, "labels": ["loader"]}))


def _tell_links() -> Iterator[Item]:
    yield _link("hidden", [LINKS[key] for key in LINKS if key[0] == "hidden"])
    yield Item(ALWAYS, state("alice", NODES["visible"], everyone=True))
    yield Item(NEVER, state("alice", NODES["hidden"]))
    yield Item(ALWAYS, state("carol", NODES["bob"]))
    for teller in ("alice", "bob"):
        yield _link(teller, [LINKS[key] for key in LINKS if key[0] == teller])
    for teller in ("hidden", "bob", "alice"):
        yield _link(teller, [SIGHTINGS[key] for key in SIGHTINGS if key[0] == teller])
    yield Item(ALWAYS, state("carol", REPORT, source="feed"))
    yield Item(NEVER, lambda stage: _note(stage, "alice", NODES["visible"], "alice notes in private"))
    yield Item(ALWAYS, lambda stage: _note(stage, "carol", NODES["visible"], "carol notes"))
    yield Item(NEVER, lambda stage: _note(stage, "alice", SECRET, "alice notes on a secret"))


def _tell_of_jobs() -> Iterator[Item]:
    damaged = encode_bundle(SECRET | {"modified": "never"}, {"type": "malware"}, SECRETS[1])
    yield Item(NEVER, lambda stage: _ingest(stage, "alice", "secret.json", damaged, source="OSINT"))
    yield Item(
        ALWAYS,
        lambda stage: _ingest(
            stage,
            "carol",
            "bank.json",
            encode_bundle(BOBS[0], BOBS[1] | {"created": "long ago"}),
            source="OSINT",
        ),
    )
    yield Item(
        NEVER,
        lambda stage: _ingest(
            stage, "alice", "secret.csv", b"type,value\nip,203.0.113.50\ndomain,csv.example\nip,no address\n"
        ),
    )
    yield Item(
        ALWAYS,
        lambda stage: _ingest(
            stage, "carol", "bank.csv", b"type,value\nip,203.0.113.51\ndomain,csv.example\nip,no address\n"
        ),
    )
    yield Item(NEVER, lambda stage: _ingest(stage, "alice", "secret.txt", b"text.example\n203.0.113.52\n"))
    yield Item(ALWAYS, lambda stage: _ingest(stage, "carol", "bank.txt", b"text.example\n203.0.113.53\n"))
    yield Item(
        NEVER,
        lambda stage: _keep(stage, "lookup:alice", save_lookup(stage.principal("alice"), "hidden.example")),
    )


def _tell_afterwards() -> Iterator[Item]:
    yield Item(NEVER, state("alice", *GONE, source="gone", everyone=True))
    yield Item(ALWAYS, state("carol", GONE[0] | {"name": "bob's word for it", "modified": EARLIER}))
    yield Item(NEVER, lambda stage: _remove_source(stage, "alice", "gone"))
    yield Item(NEVER, state("alice", WITHDRAWN, source="shares", everyone=True))
    yield Item(NEVER, _mark("alice", WITHDRAWN))
    yield Item(ALWAYS, state("alice", BACK, source="shares", everyone=True))
    yield Item(ALWAYS, _mark("alice", BACK))
    yield Item(ALWAYS, _mark("alice", BACK, everyone=True))
    # Bob's people share something themselves, and alice answers in private.
    yield Item(ALWAYS, _mark("carol", BOBS[2], orgs=[AGENCY]))
    yield Item(NEVER, state("alice", BOBS[2] | {"name": "alice knows better", "modified": LATER}))
    yield Item(NEVER, _mark("alice", SECRET, orgs=[THIRD]))
    yield Item(NEVER, _revoke_secret)
    yield Item(ALWAYS, lambda stage: bring_index_up())
    # What alice keeps from bob is in the collections that she shares with him.
    everybody = Sharing(everyone=True)
    yield Item(NEVER, _gather("alice", "private", query="*"))
    yield Item(NEVER, lambda stage: _make_root(stage, "alice", "secret-root"))
    yield Item(ALWAYS, _gather("alice", "shared", query="*", readers=everybody))
    yield Item(ALWAYS, _gather("alice", "posts", query="label:loader", readers=everybody, writers=everybody))
    yield Item(ALWAYS, _gather("carol", "bank", query="*", alias="bank"))
    yield Item(NEVER, _offer("alice", "private"))
    yield Item(ALWAYS, _offer("carol", "bank"))
    yield Item(ALWAYS, lambda stage: bring_index_up())
    yield Item(NEVER, lambda stage: _review(stage, "alice"))
    # That carol's job was there, her organisation sees; not what it was about.
    yield Item(NEVER, _analyze("alice", "alice", "hidden.example"))
    yield Item(
        RED_CEILING, _analyze("carol", "carol", "hidden.example"), _analyze("carol", "other", "x.example")
    )
    yield Item(ALWAYS, _analyze("bob", "bob", "beacon.example"))
    yield Item(NEVER, _refuse_alice_often)


def _gather(who: str, name: str, **options: Any) -> Tell:
    return lambda stage: _keep(
        stage, f"collection:{name}", create_collection(stage.principal(who), title=name, **options).id
    )


def _offer(who: str, collection: str) -> Tell:
    def tell(stage: Stage) -> None:
        asked = ExportRequest(format="hosts", collection=str(stage.numbers[f"collection:{collection}"]))
        row = create_output(stage.principal(who), title=f"{who}'s output", request=asked)
        _keep(stage, f"output:{collection}", row.id)

    return tell


def _review(stage: Stage, who: str) -> None:
    stage.numbers[f"review:{who}"] = make_review(stage.principal(who), SECRET["name"])


def _analyze(who: str, name: str, value: str) -> Tell:
    """Nobody below analyst analyses: for bob it is told of who may."""

    def tell(stage: Stage) -> None:
        principal = stage.principal(who)
        if Permission.ANALYZE in principal.permissions:
            _keep(stage, f"analysis:{name}", make_analysis(principal, value))

    return tell


def _make_root(stage: Stage, who: str, slug: str) -> None:
    owner_id = stage.principal(who).organisation_id
    create_api_root(stage.principal("root"), slug=slug, title="Alice's own", organisation_id=owner_id)


def _restrict(name: str, marking: Object, *, granted_to: tuple[str, ...]) -> Tell:
    def tell(stage: Stage) -> None:
        row = restrict_marking(stage.principal("root"), marking_id=marking["id"], name=name)
        for who in granted_to:
            Membership.objects.get(user=stage.people[who]).granted_markings.add(row.id)

    return tell


def _make_inner_group(stage: Stage) -> None:
    group = SharingGroup.objects.create(name="Inner", created_at=stage.clock.now)
    group.organisations.add(stage.organisations[AGENCY], stage.organisations[THIRD])
    stage.groups["Inner"] = stage.numbers["group:Inner"] = group.pk


def _make_arthur(stage: Stage, number: int) -> None:
    row = create_member(
        stage.principal("alice"), username=f"arthur-{number}", role=Role.ANALYST, tlp_ceiling=2
    )
    stage.numbers["member:arthur"] = row.id


def _make_source(who: str, name: str) -> Tell:
    return lambda stage: _keep(
        stage, f"source:{who}:{name}", ensure_source(stage.principal(who), name=name).id
    )


def _make_key(stage: Stage, who: str, name: str) -> None:
    stage.numbers[f"key:{who}"] = create_key(stage.principal(who), name=name).id


def _make_and_revoke_key(stage: Stage) -> None:
    key = create_key(stage.principal("alice"), name="lost key")
    revoke_key(stage.principal("alice"), key.id)


def _refuse_alice_often(stage: Stage) -> None:
    """From the address that bob comes from too, and just before he does."""
    with acting_from(Origin("api", "127.0.0.1", "0" * 24)):
        for _ in range(25):
            record_refusal(stage.principal("alice"), NotAllowed("no"), target="/api/v1/keys")


def _keep(stage: Stage, name: str, number: int | str) -> None:
    stage.numbers[name] = number


def _note(stage: Stage, who: str, obj: Object, content: str) -> None:
    stage.numbers[f"note:{content}"] = add_note(
        stage.principal(who), stix_id=obj["id"], content=content, handling=OWN
    )


def _ingest(stage: Stage, who: str, name: str, content: bytes, **options: Any) -> None:
    stage.ingest(who, name, content, **options)


def _mark(who: str, obj: Object, **share: Any) -> Tell:
    return lambda stage: mark_object(stage.principal(who), stix_id=obj["id"], handling=stage.share(**share))


def _remove_source(stage: Stage, who: str, name: str) -> None:
    remove_source(stage.principal(who), int(stage.numbers[f"source:{who}:{name}"]), report=lambda count: None)


def _revoke_secret(stage: Stage) -> None:
    stage.state("alice", SECRETS[2] | {"revoked": True, "modified": LATER}, source="OSINT")
    rename_organisation(stage.principal("alice"), stage.organisations[AGENCY].pk, name=AGENCY)
