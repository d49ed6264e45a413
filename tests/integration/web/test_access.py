"""Who may open a page, without a browser: every address asks for the sign-in, and errors are pages."""

import re

import pytest
from django.test import Client

from stack.accounts.operations import create_sign_in_link, ensure_first_organisation

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.mark.usefixtures("database")
def test_a_part_of_a_page_sends_the_whole_browser_to_the_sign_in(client: Client) -> None:
    answer = client.get("/search?q=x", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/sign-in?next=%2Fsearch%3Fq%3Dx"


@pytest.mark.usefixtures("database")
def test_a_link_lets_one_in_and_only_once(client: Client) -> None:
    token = create_sign_in_link(ensure_first_organisation())
    assert client.get(f"/sign-in/{token}")["Location"] == "/"
    assert client.get("/account").status_code == 200
    assert Client().get(f"/sign-in/{token}").status_code == 410


@pytest.mark.usefixtures("database")
def test_errors_are_pages_or_problem_details_as_asked(client: Client) -> None:
    client.force_login(ensure_first_organisation())
    missing = "/o/malware/00000000-0000-4000-8000-000000000000"
    assert b"<html" in client.get(missing).content
    problem = client.get(f"{missing}/history.json")
    assert problem.status_code == 404
    assert problem["Content-Type"] == "application/problem+json"
    assert problem.json()["detail"].startswith("There is no such object")


@pytest.mark.usefixtures("database")
def test_forms_without_their_token_are_refused_with_a_page() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ensure_first_organisation())
    answer = client.post("/account/keys", {"name": "laptop"})
    assert answer.status_code == 403
    assert b"The form has expired" in answer.content


@pytest.mark.usefixtures("database")
def test_a_new_key_is_shown_once_and_never_kept_by_a_cache(client: Client) -> None:
    client.force_login(ensure_first_organisation())
    answer = client.post("/account/keys", {"name": "laptop"})
    assert re.search(rb"stk_[0-9a-f]{12}_[0-9a-f]{48}", answer.content)
    assert answer["Cache-Control"] == "no-store"
    assert not re.search(rb"stk_[0-9a-f]{12}_[0-9a-f]{48}", client.get("/account").content)


@pytest.mark.usefixtures("database")
def test_the_server_says_that_it_is_ready(client: Client) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


@pytest.mark.usefixtures("database")
def test_a_host_that_is_not_ours_is_refused_with_a_page(client: Client) -> None:
    answer = client.get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert b"The request cannot be read" in answer.content


@pytest.mark.usefixtures("database")
def test_after_the_sign_in_one_returns_to_the_page_with_the_form(client: Client) -> None:
    def send(referer: str) -> str:
        return client.post("/account/keys", headers={"Referer": referer})["Location"]

    assert send("http://testserver/account/keys?x=1") == "/sign-in?next=/account/keys%3Fx%3D1"
    assert send("http://evil.example/account/keys") == "/sign-in?next=/"
    assert send("http://testserver//evil.example/") == "/sign-in?next=/"
    assert send("") == "/sign-in?next=/"


@pytest.mark.usefixtures("database")
def test_an_address_that_only_takes_forms_says_so_with_a_page(client: Client) -> None:
    client.force_login(ensure_first_organisation())
    answer = client.get("/organisation/invitations")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert b"takes what a form sends" in answer.content
