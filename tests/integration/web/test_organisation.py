"""What an administrator does on the pages of their organisation, and what others cannot do there."""

import re
import time

import pytest
from django.http import HttpResponse
from django.test import Client

from stack.accounts.models import Membership, Organisation, User
from stack.accounts.principal import Role
from stack.accounts.queries import find_invitation, find_key, principal_of_user
from stack.accounts.sign_in.mfa import has_second_factor
from tests.people import make_member
from tests.signing import add_app

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("database")]


@pytest.fixture
def north() -> Organisation:
    return Organisation.objects.create(name="North")


@pytest.fixture
def admin(client: Client, north: Organisation) -> User:
    """The administrator whom `client` is signed in as."""
    user = make_member("ada", north, role=Role.ORGANISATION_ADMIN, tlp_ceiling=3)
    client.force_login(user)
    return user


def _membership(user: User) -> Membership:
    return Membership.objects.get(user=user)


def _open_as(user: User, path: str = "/", **headers: str) -> HttpResponse:
    other = Client()
    other.force_login(user)
    return other.get(path, headers=headers)  # type: ignore[return-value]  # the client's own subclass


def test_an_invitation_is_shown_once_and_opens(client: Client, admin: User) -> None:
    answer = client.post(
        "/organisation/invitations",
        {"role": "analyst", "tlp_ceiling": "amber+strict", "email": "eve@example.org"},
    )
    found = re.search(r"/join/([\w-]{43})<", answer.content.decode())
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert found is not None
    invitation = find_invitation(found[1])
    assert invitation is not None
    assert (invitation.role, invitation.tlp_ceiling, invitation.email) == (Role.ANALYST, 3, "eve@example.org")
    page = client.get("/organisation").content
    assert b"eve@example.org" in page
    assert b"/join/" not in page
    client.post(f"/organisation/invitations/{invitation.id}/revoke")
    assert find_invitation(found[1]) is None


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"role": "platform-admin", "tlp_ceiling": "green"}, 403),
        ({"role": "reader", "tlp_ceiling": "red"}, 403),
        ({"role": "emperor", "tlp_ceiling": "green"}, 422),
        ({"role": "partner", "tlp_ceiling": "green"}, 422),
        ({"role": "reader", "tlp_ceiling": "purple"}, 422),
        ({"role": "reader", "tlp_ceiling": "green", "days": "0"}, 422),
        ({"role": "reader", "tlp_ceiling": "green", "days": "many"}, 422),
        ({"role": "reader", "tlp_ceiling": "green", "email": "nobody"}, 422),
    ],
)
def test_an_invitation_beyond_reason_is_refused(
    client: Client, admin: User, north: Organisation, sent: dict[str, str], status: int
) -> None:
    assert client.post("/organisation/invitations", sent).status_code == status
    assert not north.invitations.exists()


def test_a_refused_form_keeps_what_was_typed_beside_the_fault(client: Client, admin: User) -> None:
    sent = {"role": "curator", "tlp_ceiling": "green", "email": "no address"}
    page = client.post("/organisation/invitations", sent).content.decode()
    assert 'value="no address"' in page
    assert '<option value="curator" selected>' in page
    assert re.search(r'id="invitation-email-fault">.*expected', page, re.DOTALL)


def test_a_change_of_role_holds_for_the_open_session(
    client: Client, admin: User, north: Organisation
) -> None:
    bob = make_member("bob", north, role=Role.CURATOR)
    session = Client()
    session.force_login(bob)
    assert session.get("/ingest").status_code == 200
    answer = client.post(
        f"/organisation/members/{_membership(bob).pk}", {"role": "reader", "tlp_ceiling": "green"}
    )
    assert answer["Location"] == "/organisation"
    assert session.get("/ingest").status_code == 403
    assert principal_of_user(bob).tlp_ceiling == 1


@pytest.mark.parametrize(
    "sent", [{"role": "platform-admin", "tlp_ceiling": "green"}, {"role": "reader", "tlp_ceiling": "red"}]
)
def test_nobody_gives_what_they_do_not_have(
    client: Client, admin: User, north: Organisation, sent: dict[str, str]
) -> None:
    member = _membership(make_member("bob", north, role=Role.READER, tlp_ceiling=1))
    assert client.post(f"/organisation/members/{member.pk}", sent).status_code == 403
    member.refresh_from_db()
    assert (member.role, member.tlp_ceiling) == (Role.READER, 1)


def test_more_than_is_asked_for_is_not_taken(client: Client, admin: User, north: Organisation) -> None:
    bob = make_member("bob", north, role=Role.READER)
    other = Organisation.objects.create(name="South")
    sent = {
        "role": "analyst",
        "tlp_ceiling": "green",
        "organisation": str(other.pk),
        "user_id": str(admin.pk),
    }
    client.post(f"/organisation/members/{_membership(bob).pk}", sent | {"is_staff": "1", "is_superuser": "1"})
    bob.refresh_from_db()
    assert (bob.is_staff, bob.is_superuser, _membership(bob).organisation_id) == (False, False, north.pk)
    assert _membership(admin).role == Role.ORGANISATION_ADMIN


def test_a_disabled_member_is_out_at_once_and_comes_back(
    client: Client, admin: User, north: Organisation
) -> None:
    bob = make_member("bob", north)
    session = Client()
    session.force_login(bob)
    base = f"/organisation/members/{_membership(bob).pk}"
    client.post(f"{base}/disable")
    assert session.get("/account/keys")["Location"].startswith("/sign-in")
    assert b"disabled" in client.get("/organisation").content
    client.post(f"{base}/enable")
    bob.refresh_from_db()
    assert bob.is_active


def test_a_removed_member_has_no_access_left(client: Client, admin: User, north: Organisation) -> None:
    bob = make_member("bob", north)
    client.post(f"/organisation/members/{_membership(bob).pk}/remove")
    assert not Membership.objects.filter(user=bob).exists()
    assert _open_as(bob).status_code in {302, 403}


def test_a_sign_in_link_is_shown_once(client: Client, admin: User, north: Organisation) -> None:
    bob = make_member("bob", north, tlp_ceiling=1)
    answer = client.post(f"/organisation/members/{_membership(bob).pk}/link")
    assert answer["Cache-Control"] == "no-store"
    assert re.search(r"/sign-in/[\w-]{43}<", answer.content.decode())


def test_a_lost_second_factor_is_reset_after_a_question(
    client: Client, admin: User, north: Organisation
) -> None:
    bob = make_member("bob", north, tlp_ceiling=1)
    url = f"/organisation/members/{_membership(bob).pk}"
    assert "reset-second-factor" not in client.get(url).content.decode()
    add_app(bob)
    assert f'action="{url}/reset-second-factor"' in client.get(url).content.decode()
    assert client.post(f"{url}/reset-second-factor")["Location"] == "/organisation"
    assert not has_second_factor(bob)


@pytest.mark.parametrize(
    "action", ["", "/disable", "/enable", "/remove", "/link", "/keys", "/reset-second-factor"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_member_of_another_organisation_is_as_one_that_never_was(
    client: Client, admin: User, action: str, method: str
) -> None:
    south = Organisation.objects.create(name="South")
    sam = make_member("sam", south, role=Role.READER, tlp_ceiling=1)
    Membership.objects.filter(user=sam).update(id=424_242)
    sent = {"role": "reader", "tlp_ceiling": "clear", "name": "x"}

    def ask(number: int) -> tuple[int, str]:
        answer = getattr(client, method)(f"/organisation/members/{number}{action}", sent)
        text = answer.content.decode().replace(str(number), "N")
        return answer.status_code, re.sub(r'csrfmiddlewaretoken" value="\w+"', "", text)

    assert ask(424_242) == ask(424_243)
    assert ask(424_242)[0] == (405 if method == "get" and action else 404)
    assert Membership.objects.filter(user=sam, role=Role.READER, tlp_ceiling=1).exists()


def test_a_demanded_second_factor_leaves_only_its_enrolment(
    client: Client, admin: User, north: Organisation
) -> None:
    analyst, reader = make_member("bob", north), make_member("ron", north, role=Role.READER)
    client.post("/organisation/second-factor", {"role": "analyst"})
    assert _open_as(analyst, "/search")["Location"] == "/account/security"
    assert _open_as(analyst, "/search", **{"HX-Request": "true"})["HX-Redirect"] == "/account/security"
    assert _open_as(analyst, "/search.json").status_code == 403
    assert _open_as(reader, "/search").status_code == 200
    # The administrator, who has none either, is caught by their own rule.
    assert client.post("/organisation/second-factor", {"role": ""}).status_code == 403


def test_a_name_that_is_taken_is_refused_with_what_was_typed(client: Client, admin: User) -> None:
    Organisation.objects.create(name="South")
    answer = client.post("/organisation/name", {"name": "South"})
    assert answer.status_code == 409
    assert 'value="South"' in answer.content.decode()
    client.post("/organisation/name", {"name": "Far North"})
    assert "<h1>Far North</h1>" in client.get("/organisation").content.decode()


def test_a_program_gets_its_key_from_an_administrator(client: Client, admin: User) -> None:
    client.post("/organisation/programs", {"username": "siem", "tlp_ceiling": "green"})
    program = User.objects.get(username="siem")
    sent = {"name": "production", "scopes": ["read"], "networks": "198.51.100.0/24\n2001:db8::/48"}
    answer = client.post(f"/organisation/members/{_membership(program).pk}/keys", sent)
    found = re.search(r"stk_[0-9a-f]{12}_[0-9a-f]{48}", answer.content.decode())
    assert found is not None
    assert find_key(found[0], address="203.0.113.1") is None
    key = find_key(found[0], address="198.51.100.7")
    assert key is not None
    assert (set(key.principal.permissions), key.principal.tlp_ceiling) == ({"read"}, 1)
    assert _open_as(program).status_code == 403


def test_members_as_files_are_those_of_the_page(client: Client, admin: User, north: Organisation) -> None:
    make_member("bob", north, role=Role.READER, tlp_ceiling=1)
    make_member("sam", Organisation.objects.create(name="South"))
    rows = client.get("/organisation/members.json").json()["rows"]
    assert [(row["username"], row["role"], row["tlp_ceiling"]) for row in rows] == [
        ("ada", "organisation-admin", "amber+strict"),
        ("bob", "reader", "green"),
    ]
    lines = b"".join(client.get("/organisation/members.csv").streaming_content).decode().splitlines()  # type: ignore[attr-defined]  # streamed
    assert len(lines) == 3
    client.post("/organisation/invitations", {"role": "reader", "tlp_ceiling": "clear"})
    assert client.get("/organisation/invitations.json").json()["rows"][0]["state"] == "open"


def test_one_acts_for_any_of_ones_own_organisations(client: Client, admin: User, north: Organisation) -> None:
    south, west = Organisation.objects.create(name="South"), Organisation.objects.create(name="West")
    assert b'name="organisation"' not in client.get("/roles").content
    Membership.objects.create(user=admin, organisation=south, role=Role.READER, tlp_ceiling=1)
    assert b'name="organisation"' in client.get("/roles").content
    assert client.post("/account/organisation", {"organisation": str(south.pk)})["Location"] == "/"
    assert client.get("/organisation").status_code == 403
    assert client.post("/account/organisation", {"organisation": str(west.pk)}).status_code == 404
    assert client.post("/account/organisation", {"organisation": "all"}).status_code == 422
    client.post("/account/organisation", {"organisation": str(north.pk)})
    assert client.get("/organisation").status_code == 200


_READING = {"/", "/search", "/lookup", "/analyses", "/feeds", "/review", "/sources", "/sharing", "/jobs"}
_WORK = _READING | {"/ingest"}


@pytest.mark.parametrize(
    ("role", "places"),
    [
        (Role.READER, _READING),
        (Role.ANALYST, _WORK),
        (
            Role.ORGANISATION_ADMIN,
            _WORK | {"/organisation", "/audit"},
        ),
        (Role.PARTNER, set()),
    ],
)
def test_the_navigation_shows_what_one_may_open(north: Organisation, role: Role, places: set[str]) -> None:
    page = _open_as(make_member("bob", north, role=role), "/roles").content.decode()
    assert set(re.findall(r'class="place" href="([^"]+)"', page)) == places


@pytest.mark.parametrize("path", ["/", "/jobs", "/sources", "/search", "/account/keys"])
def test_no_page_leads_a_reader_to_what_they_may_not_open(north: Organisation, path: str) -> None:
    page = _open_as(make_member("bob", north, role=Role.READER), path).content.decode()
    for closed in ("/ingest", "/organisation", "/audit", "/admin"):
        assert f'="{closed}' not in page


def test_a_session_that_is_not_fresh_must_confirm_before_it_changes_a_member(
    client: Client, admin: User, north: Organisation
) -> None:
    bob = make_member("bob", north, role=Role.CURATOR)
    admin.set_password("an owl counts seven lamps")
    admin.save()
    client.force_login(admin)
    session = client.session
    session["stack_began"] = session["stack_seen"] = int(time.time()) - 3600
    session.save()
    url = f"/organisation/members/{_membership(bob).pk}"
    assert client.get(url).status_code == 200
    answer = client.post(url, {"role": "reader", "tlp_ceiling": "green"})
    assert answer["Location"].startswith("/confirm?")
    assert _membership(bob).role == Role.CURATOR


def test_security_events_are_on_the_home_page_of_who_reads_the_log(
    client: Client, admin: User, north: Organisation
) -> None:
    bob = make_member("bob", north, tlp_ceiling=1)
    client.post(f"/organisation/members/{_membership(bob).pk}/link")
    assert b"Security events" in client.get("/").content
    assert b"Security events" not in _open_as(bob).content
