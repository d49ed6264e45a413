"""Organisations, members, groups, invitations and keys from the command line, here and on a server."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from stack.accounts.models import Organisation, User
from stack.accounts.operations import create_key, ensure_first_organisation, redeem_sign_in
from stack.accounts.queries import principal_of_user
from stack.accounts.sign_in.mfa import has_second_factor
from stack.audit.models import AuditEntry
from stack.cli.main import main
from tests.integration.cli.conftest import Ended
from tests.people import make_member
from tests.signing import add_app

_PASSWORD = "correct horse battery staple"
Terminal = Callable[..., Ended]


@pytest.fixture
def here(db: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """The command in this process, on the database of the test: there is no data folder to make first."""
    monkeypatch.setattr("stack.cli.backend.choice.start_local", lambda: None)
    ensure_first_organisation()
    make_member("mara", Organisation.objects.create(name="Ours"), tlp_ceiling=1)

    def run(*words: str, given: str = "") -> Ended:
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        code = main(words)
        shown = capsys.readouterr()
        return Ended(code, shown.out, shown.err)

    return run


@pytest.fixture
def there(
    transactional_db: None, here: Terminal, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """The same, asked of a server with a key of the administrator; `token` asks with another one."""
    key = create_key(principal_of_user(User.objects.get(username="admin")), name="remote").key

    def run(*words: str, token: str = key) -> Ended:
        with monkeypatch.context() as patch:
            patch.setenv("STACK_URL", live_server.url)
            patch.setenv("STACK_TOKEN", token)
            return here(*words)

    return run


def read(ended: Ended) -> Any:
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def test_a_new_member_gets_a_link_and_no_password(here: Terminal) -> None:
    made = read(here("user", "create", "Olga", "--role", "reader", "--json"))
    assert (made["username"], made["role"], made["tlp_ceiling"]) == ("olga", "reader", "amber")
    assert made["sign_in"].startswith("/sign-in/")
    again = here("user", "create", "OLGA", "--role", "reader")
    assert (again.code, "is taken" in again.err) == (3, True)


def test_a_password_comes_from_standard_input_and_is_not_repeated(here: Terminal) -> None:
    ended = here("user", "create", "pat", "--role", "reader", "--password", "--json", given=f"{_PASSWORD}\n")
    made = read(ended)
    assert "sign_in" not in made
    assert _PASSWORD not in ended.out + ended.err
    weak = here("user", "create", "weak", "--role", "reader", "--password", given="short\n")
    assert (weak.code, "password" in weak.err, "short\n" in weak.err) == (2, True, False)
    empty = here("user", "create", "weak", "--role", "reader", "--password", given="")
    assert (empty.code, "first line" in empty.err) == (2, True)


def test_members_are_changed_disabled_and_removed_by_name(here: Terminal) -> None:
    read(here("user", "create", "nils", "--role", "reader", "--json"))
    changed = read(here("user", "change", "NILS", "--role", "curator", "--tlp", "red", "--json"))
    assert (changed["role"], changed["tlp_ceiling"]) == ("curator", "red")
    assert read(here("user", "disable", "nils", "--json"))["is_active"] is False
    assert read(here("user", "enable", str(changed["id"]), "--json"))["is_active"] is True
    assert here("user", "remove", "nils").code == here("user", "change", "nils").code == 2
    assert read(here("user", "remove", "nils", "--yes", "--json")) == {"id": changed["id"], "removed": True}
    gone = here("user", "change", "nils", "--role", "reader")
    assert (gone.code, "stack user list" in gone.err) == (1, True)


def test_nobody_changes_themselves(here: Terminal) -> None:
    for words in (["disable"], ["remove", "--yes"], ["change", "--role", "reader"]):
        ended = here("user", words[0], "admin", *words[1:])
        assert (ended.code, "your own membership" in ended.err) == (4, True)


def test_the_only_administrator_who_lost_their_factor_comes_back_from_the_machine(here: Terminal) -> None:
    administrator = User.objects.get(username="admin")
    assert here("user", "reset-factor", "admin", "--yes").code == 3
    add_app(administrator)
    assert here("user", "reset-factor", "admin").code == 2
    assert read(here("user", "reset-factor", "admin", "--yes", "--json"))["has_mfa"] is False
    assert not has_second_factor(administrator)


def test_the_only_administrator_gets_a_link_on_the_machine(here: Terminal) -> None:
    """As after `stack init` in a container, where nothing prints one."""
    link = read(here("user", "link", "admin", "--json"))["link"]
    user = redeem_sign_in(link.rpartition("/")[2])
    assert user is not None
    assert user.get_username() == "admin"
    assert AuditEntry.objects.filter(name="sign-in.link", is_security=True).count() == 1


def test_a_link_of_production_begins_with_the_public_address(here: Terminal, settings: Settings) -> None:
    settings.PRODUCTION = True
    settings.ALLOWED_HOSTS = ["stack.example", "other.example"]
    assert read(here("user", "link", "admin", "--json"))["link"].startswith("https://stack.example/sign-in/")
    settings.CSRF_TRUSTED_ORIGINS = ["https://intel.example"]
    assert read(here("user", "link", "admin", "--json"))["link"].startswith("https://intel.example/sign-in/")


def test_invitations_are_made_listed_and_ended(here: Terminal) -> None:
    new = read(here("user", "invite", "--role", "reader", "--email", "m@example.org", "--json"))
    assert new["link"].startswith("/join/")
    [row] = [row for row in read(here("user", "invitations", "--json")) if row["id"] == new["id"]]
    assert (row["state"], row["email"]) == ("open", "m@example.org")
    assert new["link"].rpartition("/")[2] not in json.dumps(row)
    read(here("user", "uninvite", str(new["id"]), "--json"))
    assert here("user", "uninvite", str(new["id"])).code == 1


def test_a_group_has_the_organisations_that_are_named(here: Terminal) -> None:
    made = read(here("group", "create", "Circle", "--org", "Ours", "--json"))
    both = read(here("group", "members", "circle", "--add", "My organisation", "--json"))
    assert len(both["organisation_ids"]) == 2
    one = read(here("group", "members", "Circle", "--remove", "My organisation", "--json"))
    assert one["organisation_ids"] == made["organisation_ids"]
    assert here("group", "members", "Circle", "--add", "nobody").code == 1
    read(here("group", "delete", "Circle", "--yes", "--json"))
    assert here("group", "list").code == 1


def test_an_organisation_is_renamed_and_asks_for_a_second_factor(here: Terminal) -> None:
    made = read(here("org", "create", "Third", "--json"))
    assert read(here("org", "rename", "third", "Renamed", "--json"))["name"] == "Renamed"
    assert (
        read(here("org", "require-mfa", str(made["id"]), "curator", "--json"))["require_mfa_from"]
        == "curator"
    )
    assert read(here("org", "require-mfa", "Renamed", "nobody", "--json"))["require_mfa_from"] is None
    assert here("org", "create", "RENAMED").code == 3


def test_a_program_has_a_narrow_key_and_no_link(here: Terminal) -> None:
    made = read(here("user", "create", "feeder", "--role", "partner", "--json"))
    assert "sign_in" not in made
    words = ["--for", "feeder", "--scope", "ingest", "--network", "192.0.2.9/24", "--tlp", "green"]
    new = read(here("key", "create", "feed", *words, "--json"))
    [row] = [row for row in read(here("key", "list", "--all", "--json")) if row["id"] == new["id"]]
    assert (row["owner"], row["scopes"], row["networks"]) == ("feeder", ["ingest"], ["192.0.2.0/24"])
    assert row["tlp_ceiling"] == "green"
    assert new["key"] not in json.dumps(row)
    wide = here("key", "create", "x", "--for", "feeder", "--scope", "administer")
    assert (wide.code, "scopes" in wide.err) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ["org", "list"],
        ["user", "list"],
        ["user", "list", "--org", "Ours"],
        ["user", "invitations"],
        ["group", "list"],
        ["key", "list"],
        ["key", "list", "--all"],
    ],
    ids=" ".join,
)
def test_a_server_answers_as_the_data_folder_does(here: Terminal, there: Terminal, words: list[str]) -> None:
    read(here("group", "create", "Circle", "--org", "Ours", "--json"))
    read(here("user", "invite", "--role", "reader", "--json"))
    answers = [command(*words, "--json") for command in (there, here)]
    # The key that asks is in use at the server: its last use is another a moment later.
    shown = [[strip_use(row) for row in json.loads(each.out)] for each in answers]
    assert shown[0] == shown[1] != []
    assert answers[0].code == answers[1].code


def strip_use(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("last_used")}


def test_a_key_makes_no_way_in(there: Terminal) -> None:
    for words in (
        ["user", "create", "spy", "--role", "reader"],
        ["user", "invite", "--role", "reader"],
        ["user", "change", "admin", "--role", "reader"],
        ["key", "create", "again"],
    ):
        ended = there(*words)
        assert (ended.code, "API key" in ended.err) == (4, True), words


def test_a_key_of_a_reader_manages_nobody(here: Terminal, there: Terminal) -> None:
    read(here("user", "create", "bot", "--role", "partner", "--json"))
    key = read(here("key", "create", "bot", "--for", "bot", "--json"))["key"]
    for words in (
        ["user", "list"],
        ["user", "invitations"],
        ["key", "list", "--all"],
        ["org", "create", "x"],
    ):
        ended = there(*words, token=key)
        assert (ended.code, "permission" in ended.err) == (4, True), words


def test_an_access_token_may_do_what_a_key_may_not(there: Terminal, client: Client) -> None:
    admin = User.objects.get(username="admin")
    admin.set_password(_PASSWORD)
    admin.save()
    answer = client.post(
        "/api/v1/auth/login",
        {"username": "admin", "password": _PASSWORD},
        content_type="application/json",
    )
    token = answer.json()["meta"]["access_token"]
    made = read(there("user", "create", "olga", "--role", "reader", "--json", token=token))
    assert made["sign_in"].startswith("http://")
    new = read(there("user", "invite", "--role", "reader", "--json", token=token))
    assert "/join/" in new["link"]
    read(there("user", "change", "olga", "--role", "analyst", "--json", token=token))
    key = read(there("key", "create", "narrow", "--scope", "read", "--json", token=token))["key"]
    assert read(there("org", "list", "--json", token=key))
    assert there("user", "list", token=key).code == 4
