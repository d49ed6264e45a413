"""Two organisations on one server, and one of everything that REST knows in each of them."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from stack.accounts.models import (
    ApiKey,
    Invitation,
    Membership,
    Organisation,
    RestrictedMarking,
    SharingGroup,
)
from stack.accounts.models import User as Person
from stack.accounts.queries import digest_of, principal_of_user
from stack.accounts.roles import Role
from stack.core.clock import now_us
from stack.jobs.models import Job, JobState
from stack.sharing.collections.operations import create_api_root, create_collection
from stack.sharing.collections.picking import pick_objects
from stack.sharing.collections.records import Sharing
from stack.sharing.exporting.records import ExportRequest
from stack.sharing.outputs.operations import create_output
from stack.sources.feeds.operations import add_feed
from stack.sources.taxii.drafts import PeerDraft
from stack.sources.taxii.linking import add_pull
from stack.sources.taxii.operations import add_peer
from stack.store.models import Version
from stack.store.operations import ensure_source, write_statements
from stack.store.statements import describe_statement
from tests.integration.store.conftest import make_object
from tests.people import make_member
from tests.security.analyses import furnish_analysis
from tests.security.reviews import furnish_review

_YEAR = 365 * 86_400 * 1_000_000
UNKNOWN_NUMBER = 987_654_321
UNKNOWN_MARKING = "marking-definition--00000000-0000-4000-8000-000000000000"
UNKNOWN_OBJECT = "malware--00000000-0000-4000-8000-000000000000"


@dataclass(slots=True)
class House:
    """An organisation with an object only it may see, and an id of each of its things."""

    organisation: Organisation
    people: dict[Role, Person]
    stix: dict[str, Any]
    version: int
    ids: dict[str, int | str]


@dataclass(slots=True)
class World:
    ours: House
    theirs: House
    marking: RestrictedMarking


def make_world() -> World:
    marking = RestrictedMarking.objects.create(
        marking_id="marking-definition--5c1f4d3e-8a4e-4a3b-9d9e-0f2f6a1b7c11", name="Circle of trust"
    )
    return World(ours=_furnish("Lark", "l"), theirs=_furnish("Wren", "w"), marking=marking)


def _furnish(name: str, initial: str) -> House:
    organisation = Organisation.objects.create(name=name, created_at=now_us())
    people = {role: make_member(f"{initial}-{role}", organisation, role=role) for role in Role}
    spare = make_member(f"{initial}-spare", organisation, role=Role.READER, tlp_ceiling=1)
    stix = make_object("malware", f"{name} only", is_family=True)
    writer = principal_of_user(people[Role.PLATFORM_ADMIN])
    source = ensure_source(writer, name=f"{name} feed").id
    domain = {
        "type": "domain-name",
        "spec_version": "2.1",
        "id": f"domain-name--{uuid5(NAMESPACE_DNS, name)}",
        "value": f"{name.lower()}.example",
    }
    marking = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": f"marking-definition--{uuid5(NAMESPACE_DNS, name)}",
        "created": "2024-01-01T00:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": f"For {name} alone"},
    }
    statements = [describe_statement(json.dumps(each).encode(), each) for each in (stix, domain, marking)]
    write_statements(writer, statements=statements, source_id=source)
    group = SharingGroup.objects.create(name=f"{name} circle", created_at=now_us())
    group.organisations.add(organisation)
    invitation = Invitation.objects.create(
        organisation=organisation,
        role=Role.READER,
        digest=digest_of(f"invitation of {name}"),
        created_at=now_us(),
        expires_at=now_us() + _YEAR,
    )
    collection = create_collection(writer, title=f"{name} collection", writers=Sharing())
    pick_objects(writer, collection.id, [str(stix["id"])])
    asked = ExportRequest(format="hosts", collection=collection.uid, known_good="keep")
    output = create_output(writer, title=f"{name} output", request=asked)
    peer = add_peer(writer, PeerDraft(name=f"{name} peer", url="https://taxii.example/root/"))
    feed = add_feed(
        writer, vendor="tor-exits", name=f"{name} list", options={"url": "http://127.0.0.1:9/exits.txt"}
    )
    root = create_api_root(writer, slug=f"{name.lower()}-root", title=name).slug
    ids: dict[str, int | str] = {
        "organisation_id": organisation.pk,
        "member_id": Membership.objects.get(user=spare).pk,
        "key_id": make_key(spare)[0],
        "job_id": make_job(spare, JobState.QUEUED),
        "source_id": source,
        "stix_id": str(stix["id"]),
        "marking_id": str(marking["id"]),
        "group_id": group.pk,
        "invitation_id": invitation.pk,
        "collection": collection.uid,
        "output_id": output.id,
        "feed_id": feed.id,
        "peer_id": peer.id,
        "link_id": add_pull(writer, peer.id, collection="theirs").id,
        "root": root,
    }
    ids |= furnish_review(writer, 1 if initial == "l" else 2)
    ids |= furnish_analysis(writer)
    version = Version.objects.filter(source_id=source).order_by("id")[0].pk
    return House(organisation=organisation, people=people, stix=stix, version=version, ids=ids)


def make_key(person: Person, **narrowed: Any) -> tuple[int, str]:
    """The id and the text of a key of the person, which acts for the organisation that they act for."""
    number = ApiKey.objects.count() + 1
    text = f"stk_{number:012x}_{number:048x}"
    key = ApiKey.objects.create(
        user=person,
        organisation_id=person.organisation_id,
        name="test",
        prefix=f"{number:012x}",
        digest=digest_of(text),
        created_at=now_us(),
        **narrowed,
    )
    return key.pk, text


def make_job(person: Person, state: JobState) -> int:
    return Job.objects.create(
        kind="ingest",
        arguments={},
        unit="bytes",
        state=state,
        created_at=now_us(),
        organisation_id=person.organisation_id,
        user=person,
    ).pk
