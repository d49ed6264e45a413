"""The handling of an ingest, and notes: from the words that people write to what the store keeps."""

from pathlib import Path

import msgspec
import pytest

from stack.accounts.models import Organisation, SharingGroup, User
from stack.accounts.principal import Principal
from stack.accounts.queries import principal_of_user
from stack.accounts.roles import Role
from stack.core.clock import now_us
from stack.core.errors import BadInput, NotAllowed, NotFound
from stack.ingest.handling import HandlingDraft, expect_handling, name_handling, read_handling
from stack.ingest.notes import add_note, identity_of, list_notes
from stack.ingest.operations import accept_file, accept_upload
from stack.jobs.models import Job
from stack.jobs.operations import run_inline
from stack.stix.markings import TLP_20_IDS
from stack.stix.timestamps import parse_instant
from stack.store.queries import get_access, get_object, get_text, list_sources
from stack.store.records import Handling
from tests.integration.ingest.conftest import Ingest
from tests.integration.ingest.samples import make_bundle, make_tool
from tests.people import make_principal

pytestmark = pytest.mark.django_db(databases="__all__")
TOOL = make_tool(1)


@pytest.fixture
def north(principal: Principal) -> Organisation:
    return Organisation.objects.create(name="Northern CERT")


@pytest.fixture
def reader(north: Organisation) -> Principal:
    return make_principal("nora", north, role=Role.READER)


@pytest.fixture
def energy(principal: Principal, north: Organisation) -> SharingGroup:
    group = SharingGroup.objects.create(name="Energy")
    group.organisations.set([principal.organisation_id, north.pk])
    return group


def _now(principal: Principal) -> Principal:
    """The same person with the groups that their organisation is in now."""
    return principal_of_user(User.objects.get(username=principal.name))


def test_an_ingest_is_for_its_organisation_alone_unless_it_says_more(
    principal: Principal, reader: Principal, ingest: Ingest
) -> None:
    ingest(make_bundle(TOOL))
    assert get_object(reader, TOOL["id"]) is None
    ingest(make_bundle(TOOL), source="other", handling=Handling(everyone=True))
    assert get_object(reader, TOOL["id"]) is not None


def test_words_become_a_handling_and_a_handling_words(
    principal: Principal, energy: SharingGroup, north: Organisation
) -> None:
    draft = HandlingDraft(
        tlp="TLP:Amber+Strict",
        share_with=("org:Northern CERT", "group:Energy", "org:Analysts"),
        embargo_until="2999-01-31T10:00+01:00",
    )
    handling = read_handling(_now(principal), draft)
    assert handling == Handling(
        markings=(TLP_20_IDS["amber+strict"],),
        organisation_ids=(north.pk,),
        group_ids=(energy.pk,),
        embargo_until=parse_instant("2999-01-31T09:00:00Z"),
    )
    named = name_handling(_now(principal), handling)
    assert (named.owner, named.organisations, named.groups) == ("Analysts", ["Northern CERT"], ["Energy"])
    assert read_handling(principal, HandlingDraft()) == Handling()


def test_every_fault_of_a_handling_is_named_at_once(principal: Principal, north: Organisation) -> None:
    SharingGroup.objects.create(name="Others").organisations.add(north)
    draft = HandlingDraft(
        tlp="purple",
        markings=("marking-definition--x",),
        share_with=("group:Others", "nobody"),
        embargo_until="1999-01-01",
    )
    with pytest.raises(BadInput) as caught:
        read_handling(principal, draft)
    assert [fault.field for fault in caught.value.errors] == [
        "tlp", "markings", "share_with", "share_with", "embargo_until",
    ]  # fmt: skip


def test_a_handling_that_cannot_be_is_refused_before_anything_is_kept(
    principal: Principal, tmp_path: Path
) -> None:
    for handling in (Handling(organisation_ids=(999_999,)), Handling(group_ids=(999_999,))):
        with pytest.raises(BadInput):
            accept_upload(principal, chunks=[b"{}"], filename="f.json", handling=handling)
    assert not (tmp_path / "artifacts").exists()
    assert not Job.objects.exists()


def test_a_job_that_waited_shares_with_no_group_that_was_left(
    principal: Principal, reader: Principal, energy: SharingGroup, tmp_path: Path
) -> None:
    path = tmp_path / "late.json"
    path.write_bytes(make_bundle(TOOL))
    job = accept_file(_now(principal), path=path, handling=Handling(group_ids=(energy.pk,)))
    assert list(job.arguments["handling"]["group_ids"]) == [energy.pk]
    energy.organisations.remove(principal.organisation_id)
    ended = run_inline(job.id)
    assert ended.state == "failed"
    assert "group" in ended.error
    assert get_object(principal, TOOL["id"]) is None


def test_an_embargo_that_ended_while_the_job_waited_is_over(principal: Principal) -> None:
    ended = Handling(everyone=True, embargo_until=now_us() - 1)
    assert expect_handling(principal, ended) == msgspec.structs.replace(ended, embargo_until=None)


def test_a_note_is_a_statement_of_its_organisation(principal: Principal, ingest: Ingest) -> None:
    ingest(make_bundle(TOOL))
    note_id = add_note(principal, stix_id=TOOL["id"], content=" Seen. ", abstract="Short")
    note = msgspec.json.decode(get_text(principal, note_id) or b"")
    assert (note["content"], note["abstract"], note["object_refs"]) == ("Seen.", "Short", [TOOL["id"]])
    assert note["created_by_ref"] == identity_of(principal)
    add_note(principal, stix_id=TOOL["id"], content="Again.")
    [shown, again] = list_notes(principal, TOOL["id"]).rows
    assert (shown.author, shown.content, again.content) == ("Analysts", "Seen.", "Again.")
    [source] = [row for row in list_sources(principal) if row.kind == "notes"]
    assert (source.name, source.statements) == ("Notes of Analysts", 3)


def test_the_author_of_notes_takes_the_new_name_of_the_organisation(
    principal: Principal, ingest: Ingest
) -> None:
    ingest(make_bundle(TOOL))
    add_note(principal, stix_id=TOOL["id"], content="one")
    Organisation.objects.filter(pk=principal.organisation_id).update(name="Renamed")
    add_note(principal, stix_id=TOOL["id"], content="two")
    row = get_object(principal, identity_of(principal))
    assert row is not None
    assert row.name == "Renamed"


def test_a_note_has_the_markings_and_at_most_the_readers_of_its_object(
    principal: Principal, reader: Principal, ingest: Ingest, north: Organisation
) -> None:
    green = make_tool(2, object_marking_refs=[TLP_20_IDS["green"]])
    ingest(make_bundle(green), handling=Handling(organisation_ids=(north.pk,)))
    narrow = add_note(principal, stix_id=green["id"], content="ours")
    wide = add_note(principal, stix_id=green["id"], content="all", handling=Handling(everyone=True))
    assert get_object(reader, narrow) is None
    assert [note.row.stix_id for note in list_notes(reader, green["id"]).rows] == [wide]
    access = get_access(principal, wide)
    assert access is not None
    assert (access.everyone, access.organisations) == (False, ["Northern CERT"])
    assert [row.tlp for row in access.markings] == ["green"]


def test_notes_need_their_permission_and_their_object(
    principal: Principal, reader: Principal, ingest: Ingest, north: Organisation
) -> None:
    ingest(make_bundle(TOOL))
    with pytest.raises(NotAllowed):
        add_note(reader, stix_id=TOOL["id"], content="x")
    stranger = make_principal("ned", north, role=Role.ANALYST)
    with pytest.raises(NotFound) as hidden:
        add_note(stranger, stix_id=TOOL["id"], content="x")
    with pytest.raises(NotFound) as absent:
        add_note(stranger, stix_id=make_tool(99)["id"], content="x")
    assert str(hidden.value).replace(TOOL["id"], "") == str(absent.value).replace(make_tool(99)["id"], "")
    with pytest.raises(NotFound):
        list_notes(stranger, TOOL["id"])
    for content in ("", " ", "a\0b", "\ud800", "x" * 50_001):
        with pytest.raises(BadInput):
            add_note(principal, stix_id=TOOL["id"], content=content)


def test_notes_are_found_among_much_that_refers_to_the_object(principal: Principal, ingest: Ingest) -> None:
    reports = [
        make_tool(number, type="report", id=make_tool(number)["id"].replace("tool", "report"))
        | {
            "published": "2024-01-01T00:00:00Z",
            "report_types": ["threat-report"],
            "object_refs": [TOOL["id"]],
        }
        for number in range(30)
    ]
    ingest(make_bundle(TOOL, *reports))
    made = [add_note(principal, stix_id=TOOL["id"], content=f"note {number}") for number in range(5)]
    found, after = [], None
    while True:
        page = list_notes(principal, TOOL["id"], limit=2, after=after)
        found += [note.row.stix_id for note in page.rows]
        after = page.next
        if after is None:
            break
    assert sorted(found) == sorted(made)
