"""Who is let in, and what they may do there."""

import base64
from collections.abc import Iterable

import pytest
from django.test import Client

from stack.accounts.models import Organisation, User
from stack.accounts.principal import Principal
from stack.accounts.roles import Permission, Role
from stack.audit.models import AuditEntry
from stack.core.clock import now_us
from stack.sharing.collections.operations import create_collection
from stack.sharing.collections.records import OWN_ONLY, CollectionRow, Sharing
from tests.integration.store.conftest import make_object
from tests.integration.taxii.conftest import TAXII, Put, Taxii, client_of
from tests.people import make_member

pytestmark = pytest.mark.django_db

_READ, _EXPORT, _INGEST = Permission.READ, Permission.EXPORT, Permission.INGEST


@pytest.fixture
def database(db: None) -> str:
    """Who is let in is decided before anything is asked of the store: one database will do."""
    return "default"


@pytest.fixture
def stranger(organisation: Organisation) -> User:
    return make_member(
        "wim", Organisation.objects.create(name="Wren", created_at=now_us()), role=Role.PARTNER
    )


def scoped(person: User, scopes: Iterable[Permission]) -> Taxii:
    return client_of(person, scopes=[str(each) for each in scopes])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic " + base64.b64encode(b"admin:admin").decode(),
        "Bearer stk_0123456789ab_" + "0" * 48,
        "Bearer nonsense",
        "Digest username=x",
    ],
)
@pytest.mark.parametrize("path", ["", "org-1/", "nowhere/at/all/", "org-1/collections/x/objects/"])
def test_nobody_is_told_anything(taxii: Taxii, path: str, header: str | None) -> None:
    answer = taxii.ask("GET", path, headers={"authorization": header})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Basic realm=")
    assert answer["Content-Type"] == TAXII
    assert answer.json()["http_status"] == "401"


def test_a_key_comes_by_password_by_user_name_or_as_a_bearer(taxii: Taxii, base: str) -> None:
    pairs = [f"anybody:{taxii.key}", f"{taxii.key}:", f":{taxii.key}"]
    headers = ["Basic " + base64.b64encode(pair.encode()).decode() for pair in pairs]
    for header in [*headers, f"Bearer {taxii.key}", f"Token {taxii.key}"]:
        assert taxii.ask("GET", f"{base}/", headers={"authorization": header}).status_code == 200


def test_basic_stays_refused_under_rest(taxii: Taxii) -> None:
    answer = Client().get("/api/v1/me", headers={"authorization": taxii.headers["authorization"]})
    assert answer.status_code == 401


def test_a_session_counts_for_nothing(curator: User, base: str) -> None:
    client = Client()
    client.force_login(curator)
    assert client.get(f"/taxii2/{base}/objects/", headers={"accept": TAXII}).status_code == 401


def test_a_key_that_fails_too_often_is_not_looked_at(taxii: Taxii) -> None:
    wrong = {"authorization": "Bearer stk_0123456789ab_" + "0" * 48}
    answers = [taxii.ask("GET", "", headers=wrong) for _ in range(61)]
    assert [each.status_code for each in answers[:60]] == [401] * 60
    assert answers[60].status_code == 429
    assert int(answers[60]["Retry-After"]) > 0
    assert answers[60].json()["http_status"] == "429"
    assert taxii.get("").status_code == 200, "others work on from the same address"


def test_a_revoked_key_ends_at_once(taxii: Taxii, base: str) -> None:
    from stack.accounts.models import ApiKey

    assert taxii.get(f"{base}/").status_code == 200
    ApiKey.objects.update(revoked_at=now_us())
    assert taxii.get(f"{base}/").status_code == 401


@pytest.mark.parametrize(
    ("scopes", "reads", "writes", "knows"),
    [
        ([_READ, _EXPORT, _INGEST], 200, 422, 200),
        ([_READ, _EXPORT], 200, 403, 200),
        ([_READ, _INGEST], 403, 422, 200),
        ([_READ], 403, 403, 200),
        ([_INGEST], 403, 422, 403),
        ([_EXPORT], 403, 403, 403),
        ([Permission.OUTPUTS], 403, 403, 403),
    ],
)
def test_a_key_does_what_its_scopes_say(
    curator: User, base: str, scopes: list[Permission], reads: int, writes: int, knows: int
) -> None:
    client = scoped(curator, scopes)
    for end in ("objects/", "manifest/"):
        assert client.get(f"{base}/{end}").status_code == reads
    assert client.ask("POST", f"{base}/objects/", b"{}").status_code == writes
    for path in ("", f"{base}/", f"{base.partition('/')[0]}/"):
        assert client.get(path).status_code == knows
    if knows == 200:
        row = client.get(f"{base}/").json()
        assert (row["can_read"], row["can_write"]) == (reads == 200, writes == 422)
    needs_all = client.ask("DELETE", f"{base}/objects/malware--00000000-0000-4000-8000-000000000000/")
    assert needs_all.status_code == (404 if (reads, writes) == (200, 422) else 403)


def test_what_is_refused_is_recorded(curator: User, base: str) -> None:
    scoped(curator, [_READ]).get(f"{base}/objects/")
    entry = AuditEntry.objects.get(name="access.refuse")
    assert entry.object_id == "/taxii2/<str:root>/collections/<str:collection>/objects/"


def test_what_is_not_shared_is_as_if_it_never_was(
    stranger: User, base: str, shelf: CollectionRow, put: Put
) -> None:
    rat = make_object("malware", "Rat", is_family=True)
    put(rat)
    client = client_of(stranger)
    never = base.replace(shelf.uid, "00000000-0000-4000-8000-000000000000")
    for method in ("GET", "POST", "DELETE", "PUT"):
        for end in ("", "objects/", "manifest/", f"objects/{rat['id']}/", f"objects/{rat['id']}/versions/"):
            there, nowhere = (client.ask(method, f"{place}/{end}", b"{}") for place in (base, never))
            assert there.status_code in {404, 405}, (method, end)
            assert (there.status_code, there.content) == (nowhere.status_code, nowhere.content)
    root = base.partition("/")[0]
    assert client.get(f"{root}/").content == client.get("org-987654/").content
    assert client.get(f"{root}/collections/").content == client.get("org-987654/collections/").content


def test_who_may_only_write_does_not_read_and_the_other_way_round(
    principal: Principal, stranger: User
) -> None:
    them = Sharing(organisation_ids=(stranger.organisation_id,))
    inbox = create_collection(principal, title="Inbox", writers=them)
    shown = create_collection(principal, title="Shown", readers=them, writers=OWN_ONLY)
    client = client_of(stranger)
    one = "objects/malware--00000000-0000-4000-8000-000000000000/"
    path = f"{inbox.root}/collections/{inbox.uid}"
    assert client.get(f"{path}/").json()["can_read"] is False
    assert client.get(f"{path}/objects/").status_code == 403
    assert client.get(f"{path}/{one}").status_code == 403
    assert client.ask("DELETE", f"{path}/{one}").status_code == 403
    assert client.ask("POST", f"{path}/objects/", b"{}").status_code == 422
    path = f"{shown.root}/collections/{shown.uid}"
    assert client.get(f"{path}/").json()["can_write"] is False
    assert client.get(f"{path}/objects/").status_code == 200
    assert client.ask("DELETE", f"{path}/{one}").status_code == 403
    assert client.ask("POST", f"{path}/objects/", b"{}").status_code == 403


def test_an_unknown_address_is_told_so_by_any_method(taxii: Taxii) -> None:
    for method in ("GET", "POST", "PUT", "DELETE"):
        assert taxii.ask(method, "org-1/nothing/here/").status_code == 404


@pytest.mark.parametrize(
    ("accept", "status"), [(None, 200), ("*/*", 200), ("text/html", 406), ("application/json", 406)]
)
def test_another_media_type_is_not_acceptable(
    taxii: Taxii, base: str, accept: str | None, status: int
) -> None:
    assert taxii.ask("GET", f"{base}/objects/", headers={"accept": accept}).status_code == status


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/stix+json;version=2.1", "text/plain", ""]
)
def test_another_body_is_not_supported(taxii: Taxii, base: str, content_type: str) -> None:
    answer = taxii.ask("POST", f"{base}/objects/", b'{"objects":[{}]}', content_type=content_type)
    assert answer.status_code == 415


def test_a_strange_name_of_the_server_is_refused(taxii: Taxii) -> None:
    answer = taxii.ask("GET", "", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert answer["Content-Type"] == TAXII


def test_answers_are_kept_nowhere_and_set_no_cookie(taxii: Taxii, base: str) -> None:
    answer = taxii.get(f"{base}/objects/")
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies
    assert answer["RateLimit-Remaining"]
