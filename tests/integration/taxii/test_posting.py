"""What is posted: taken in, put into the collection, and told object by object."""

import json
from typing import Any

import pytest
from django.db import OperationalError

from stack.accounts.models import Organisation, User
from stack.accounts.principal import Principal
from stack.accounts.roles import Permission, Role
from stack.audit.models import AuditEntry
from stack.core.clock import now_us
from stack.jobs.models import Job, JobState
from stack.jobs.operations import run_inline
from stack.sharing.collections.collector import catch_up
from stack.sharing.collections.models import Collection
from stack.sharing.collections.operations import create_collection, delete_collection
from stack.sharing.collections.records import CollectionRow, Sharing
from stack.sharing.taxii import accepting, jobs
from stack.sharing.taxii.models import Submission
from stack.sharing.taxii.operations import sweep_submissions
from stack.store.artifacts.models import Artifact
from stack.store.models import Source, StixObject
from stack.store.operations import ensure_source, write_statements
from stack.store.queries import last_change
from stack.store.statements import describe_statement
from tests.integration.store.conftest import encode, make_object
from tests.integration.taxii.conftest import Put, Taxii, client_of
from tests.people import make_member

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> None:
    """Posts of any size wait for a worker."""
    monkeypatch.setattr(accepting, "SMALL_OBJECTS", 0)


def make_rats(count: int) -> list[dict[str, Any]]:
    return [make_object("malware", f"Rat {n}", is_family=True) for n in range(count)]


def post(taxii: Taxii, base: str, *objects: Any) -> Any:
    return taxii.ask("POST", f"{base}/objects/", json.dumps({"objects": objects}).encode())


def work() -> None:
    for job in Job.objects.filter(state=JobState.QUEUED):
        run_inline(job.pk)


def status_of(taxii: Taxii, base: str, posted: Any) -> Any:
    return taxii.get(f"{base.partition('/')[0]}/status/{posted.json()['id']}/").json()


def counts_of(status: Any) -> tuple[int, int, int, int]:
    names = ("total", "success", "failure", "pending")
    total, success, failure, pending = (status[f"{name}_count"] for name in names)
    assert [len(status.get(name, [])) for name in ("successes", "failures", "pendings")] == [
        success,
        failure,
        pending,
    ]
    return total, success, failure, pending


def ids_of(taxii: Taxii, base: str) -> list[str]:
    return [each["id"] for each in taxii.get(f"{base}/objects/").json().get("objects", [])]


@pytest.mark.usefixtures("queued")
def test_a_post_is_acknowledged_worked_and_served(taxii: Taxii, base: str) -> None:
    rats = make_rats(2)
    wrong = rats[1] | {"id": "nonsense", "revoked": "no"}
    posted = post(taxii, base, rats[0], wrong, rats[1])
    assert posted.status_code == 202
    assert posted.json()["status"] == "pending"
    assert counts_of(posted.json()) == (3, 0, 0, 3)
    assert posted.json() == status_of(taxii, base, posted)
    assert ids_of(taxii, base) == []
    work()
    status = status_of(taxii, base, posted)
    assert status["status"] == "complete"
    assert counts_of(status) == (3, 2, 1, 0)
    assert status["successes"][0] == {"id": rats[0]["id"], "version": rats[0]["modified"]}
    [failure] = status["failures"]
    assert failure["id"] == "nonsense"
    assert "$.id: Expected an identifier" in failure["message"]
    assert "$.revoked" in failure["message"]
    assert ids_of(taxii, base) == [rat["id"] for rat in rats]
    assert not Artifact.objects.exists(), "the body is not kept once it is in"


def test_a_small_post_is_complete_when_it_is_acknowledged(taxii: Taxii, base: str) -> None:
    rats = make_rats(2)
    wrong = rats[1] | {"id": "nonsense", "revoked": "no"}
    posted = post(taxii, base, rats[0], wrong, rats[1])
    assert posted.status_code == 202
    assert posted.json()["status"] == "complete"
    assert counts_of(posted.json()) == (3, 2, 1, 0)
    assert posted.json() == status_of(taxii, base, posted)
    assert "$.id: Expected an identifier" in posted.json()["failures"][0]["message"]
    assert ids_of(taxii, base) == [rat["id"] for rat in rats]
    [job] = Job.objects.all()
    assert (job.kind, job.state, job.attempts) == ("taxii-post", JobState.DONE, 1)
    assert (job.counts["total"], job.counts["new"], job.counts["rejected"]) == (3, 2, 1)
    assert job.result["note"] == ""
    assert {error.path for error in job.errors.all()} == {"$.id", "$.revoked"}
    assert not Artifact.objects.exists()
    again = post(taxii, base, *rats).json()
    assert (again["status"], counts_of(again)) == ("complete", (2, 2, 0, 0))
    assert len(ids_of(taxii, base)) == 2


def test_what_a_post_put_in_is_not_judged_again(
    principal: Principal, taxii: Taxii, base: str, shelf: CollectionRow
) -> None:
    """Unless the log has more than that: then the collector reads it all."""
    post(taxii, base, *make_rats(2))
    reached = last_change()
    assert Collection.objects.get(pk=shelf.id).cursor == reached
    row, tool = ensure_source(principal, name="feed"), make_object("tool", "drill")
    write_statements(principal, statements=[describe_statement(encode(tool), tool)], source_id=row.id)
    posted = post(taxii, base, tool)
    assert counts_of(posted.json()) == (1, 1, 0, 0)
    assert Collection.objects.get(pk=shelf.id).cursor == last_change()
    other = make_object("tool", "saw")
    write_statements(principal, statements=[describe_statement(encode(other), other)], source_id=row.id)
    before = last_change() - 1
    post(taxii, base, make_object("tool", "plane"))
    assert Collection.objects.get(pk=shelf.id).cursor == before
    catch_up()
    assert Collection.objects.get(pk=shelf.id).cursor == last_change()
    assert other["id"] not in ids_of(taxii, base)


def test_a_key_that_may_only_post_posts(curator: User, taxii: Taxii, base: str) -> None:
    [rat] = make_rats(1)
    posted = post(client_of(curator, scopes=frozenset({Permission.INGEST})), base, rat)
    assert counts_of(posted.json()) == (1, 1, 0, 0)
    assert ids_of(taxii, base) == [rat["id"]]


def test_a_small_post_that_dies_leaves_nothing_and_is_posted_again(
    taxii: Taxii, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rats, keep = make_rats(2), accepting.keep_batch

    def die(*arguments: Any) -> None:
        keep(*arguments)
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(accepting, "keep_batch", die)
        assert post(taxii, base, *rats).status_code == 500
    assert ids_of(taxii, base) == []
    assert not Job.objects.exists()
    assert not Submission.objects.exists()
    assert not StixObject.objects.exists()
    assert not AuditEntry.objects.filter(name="taxii.post").exists()
    assert counts_of(post(taxii, base, *rats).json()) == (2, 2, 0, 0)
    assert ids_of(taxii, base) == [rat["id"] for rat in rats]


def test_a_small_post_waits_in_the_queue_where_the_database_is_busy(
    taxii: Taxii, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_busy(*arguments: Any, **more: Any) -> None:
        raise OperationalError("canceling statement due to lock timeout")

    rats = make_rats(2)
    with monkeypatch.context() as patch:
        patch.setattr(accepting, "take_in", be_busy)
        posted = post(taxii, base, *rats)
    assert (posted.status_code, posted.json()["status"]) == (202, "pending")
    work()
    assert counts_of(status_of(taxii, base, posted)) == (2, 2, 0, 0)


@pytest.mark.parametrize("name", ["SMALL_OBJECTS", "SMALL_BYTES"])
def test_a_post_that_is_not_small_waits_in_the_queue(
    taxii: Taxii, base: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, name, 1)
    assert post(taxii, base, *make_rats(2)).json()["status"] == "pending"


@pytest.mark.usefixtures("queued")
def test_what_is_known_already_is_a_success(taxii: Taxii, base: str, put: Put) -> None:
    rats = make_rats(2)
    put(rats[0])
    posted = post(taxii, base, *rats)
    again = post(taxii, base, *rats)
    work()
    assert counts_of(status_of(taxii, base, posted)) == (2, 2, 0, 0)
    assert counts_of(status_of(taxii, base, again)) == (2, 2, 0, 0)
    assert sorted(ids_of(taxii, base)) == sorted(rat["id"] for rat in rats)


@pytest.mark.parametrize("content", [b" ", b"{}", b'{"objects":[]}', b"[]", b"nonsense", b'{"objects":[1]}'])
def test_what_is_no_envelope_is_refused(taxii: Taxii, base: str, content: bytes) -> None:
    answer = taxii.ask("POST", f"{base}/objects/", content)
    assert answer.status_code == 422
    assert answer.json()["title"]
    assert not Job.objects.exists()


def test_a_post_that_is_too_large_is_refused_before_it_is_read(taxii: Taxii, base: str) -> None:
    answer = taxii.ask("POST", f"{base}/objects/", b"{}", CONTENT_LENGTH=str(32 * 1024 * 1024 + 1))
    assert answer.status_code == 413


@pytest.mark.parametrize("step", ["take_in", "keep_batch", "finish_submission"])
@pytest.mark.usefixtures("queued")
def test_a_job_that_dies_in_between_loses_and_doubles_nothing(
    taxii: Taxii, base: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rats = make_rats(3)
    posted = post(taxii, base, *rats[:2], {"type": "malware", "id": "nonsense"}, rats[2])
    done = getattr(jobs, step)

    def die(*arguments: Any, **more: Any) -> None:
        done(*arguments, **more)
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(jobs, step, die)
        work()
    [job] = Job.objects.all()
    assert job.state in {JobState.FAILED, JobState.DEAD}
    failed = status_of(taxii, base, posted)
    assert failed["status"] == "complete"
    assert counts_of(failed) == (4, 0, 4, 0)
    Job.objects.update(state=JobState.QUEUED, attempts=0, lease_until=0, finished_at=None)
    assert status_of(taxii, base, posted)["status"] == "pending"
    work()
    assert counts_of(status_of(taxii, base, posted)) == (4, 3, 1, 0)
    assert ids_of(taxii, base) == [rat["id"] for rat in rats]
    assert len(ids_of(taxii, base)) == 3


def test_the_objects_belong_to_the_poster_and_are_seen_by_the_readers(
    principal: Principal, taxii: Taxii
) -> None:
    poster = make_member(
        "wim", Organisation.objects.create(name="Wren", created_at=now_us()), role=Role.PARTNER
    )
    third = make_member(
        "tom", Organisation.objects.create(name="Tern", created_at=now_us()), role=Role.PARTNER
    )
    both = Sharing(organisation_ids=(poster.organisation_id, third.organisation_id))
    ours = Sharing(organisation_ids=(poster.organisation_id,))
    row = create_collection(principal, title="Inbox", readers=both, writers=ours)
    base = f"{row.root}/collections/{row.uid}"
    [rat] = make_rats(1)
    posted = post(client_of(poster), base, rat)
    work()
    assert Source.objects.get(name="taxii Inbox").organisation_id == poster.organisation_id
    for reader in (taxii, client_of(poster), client_of(third)):
        assert ids_of(reader, base) == [rat["id"]]
    path = f"{row.root}/status/{posted.json()['id']}/"
    assert client_of(poster).get(path).status_code == 200
    others = [client_of(third).get(path), taxii.get(path)]
    assert [each.status_code for each in others] == [404, 404]


def test_a_status_is_not_told_in_another_root_or_by_another_name(taxii: Taxii, base: str) -> None:
    posted = post(taxii, base, *make_rats(1))
    for path in (f"org-987/status/{posted.json()['id']}/", f"{base.partition('/')[0]}/status/nonsense/"):
        assert taxii.get(path).status_code == 404


@pytest.mark.usefixtures("queued")
def test_a_collection_that_goes_away_fails_the_post(
    principal: Principal, taxii: Taxii, shelf: CollectionRow
) -> None:
    base = f"{shelf.root}/collections/{shelf.uid}"
    posted = post(taxii, base, *make_rats(2))
    delete_collection(principal, shelf.id)
    work()
    status = status_of(taxii, base, posted)
    assert counts_of(status) == (2, 0, 2, 0)
    assert "There is no collection" in status["failures"][0]["message"]


def test_posts_and_deletions_are_recorded(taxii: Taxii, base: str, shelf: CollectionRow) -> None:
    [rat] = make_rats(1)
    posted = post(taxii, base, rat)
    entry = AuditEntry.objects.get(name="taxii.post")
    assert (entry.object_id, entry.face) == (shelf.uid, "taxii")
    assert json.loads(entry.after)["post"] == posted.json()["id"]
    work()
    taxii.ask("DELETE", f"{base}/objects/{rat['id']}/")
    assert AuditEntry.objects.filter(name="collection.withdraw", object_id=shelf.uid).exists()


def test_old_statuses_are_forgotten(taxii: Taxii, base: str) -> None:
    old, new = post(taxii, base, *make_rats(1)), post(taxii, base, {"id": "nonsense"})
    work()
    Submission.objects.filter(pk=old.json()["id"]).update(requested_at=now_us() - 8 * 86_400_000_000)
    sweep_submissions()
    assert [str(row.pk) for row in Submission.objects.all()] == [new.json()["id"]]


def test_deleting_takes_an_object_out_and_posting_brings_it_back(taxii: Taxii, base: str) -> None:
    rats = make_rats(2)
    post(taxii, base, *rats)
    work()
    path = f"{base}/objects/{rats[0]['id']}/"
    answer = taxii.ask("DELETE", path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert taxii.get(path).status_code == 404
    assert taxii.ask("DELETE", path).status_code == 404
    assert ids_of(taxii, base) == [rats[1]["id"]]
    post(taxii, base, rats[0])
    work()
    assert ids_of(taxii, base) == [rats[1]["id"], rats[0]["id"]]


def test_versions_are_deleted_alone(taxii: Taxii, base: str) -> None:
    [rat] = make_rats(1)
    newer, newest = (rat | {"modified": f"202{year}-01-01T00:00:00.000Z"} for year in (5, 6))
    post(taxii, base, rat, newer, newest)
    work()
    path = f"{base}/objects/{rat['id']}/"
    assert taxii.ask("DELETE", f"{path}?match[version]=first,2026-01-01T00:00:00Z").status_code == 200
    assert taxii.get(f"{path}versions/").json()["versions"] == ["2025-01-01T00:00:00.000Z"]
    assert taxii.get(path).json()["objects"][0]["modified"] == "2025-01-01T00:00:00.000Z"
    assert taxii.ask("DELETE", f"{path}?match[version]=2020-01-01T00:00:00Z").status_code == 200
    assert taxii.ask("DELETE", f"{path}?match[spec_version]=2.0").status_code == 200
    assert taxii.ask("DELETE", f"{path}?match[type]=malware").status_code == 400
    assert len(taxii.get(path).json()["objects"]) == 1


def test_a_small_post_is_a_write_and_a_large_one_is_expensive(taxii: Taxii, base: str) -> None:
    small = post(taxii, base, *make_rats(1))
    large = post(taxii, base, *(rat | {"description": "x" * 70_000} for rat in make_rats(1)))
    assert "write" in small["RateLimit-Policy"]
    assert "expensive" in large["RateLimit-Policy"]


@pytest.mark.usefixtures("queued")
def test_who_may_no_longer_write_does_not(principal: Principal, curator: User) -> None:
    poster = make_member(
        "wim", Organisation.objects.create(name="Wren", created_at=now_us()), role=Role.PARTNER
    )
    row = create_collection(
        principal, title="Inbox", writers=Sharing(organisation_ids=(poster.organisation_id,))
    )
    base = f"{row.root}/collections/{row.uid}"
    client = client_of(poster)
    posted = post(client, base, *make_rats(1))
    from stack.sharing.collections.operations import change_collection

    change_collection(principal, row.id, writers=None)
    work()
    assert counts_of(status_of(client, base, posted)) == (1, 0, 1, 0)
    assert ids_of(client_of(curator), base) == []
