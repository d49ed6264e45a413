"""Analyses on their pages: the verdict with its evidence, what changes while it runs, lists, files, roles."""

import re
from io import BytesIO

import pytest
import pyzipper
from django.test import Client

from stack.accounts.models import Organisation, User
from stack.accounts.principal import Principal
from stack.accounts.queries import principal_of_user
from stack.accounts.roles import Role
from stack.analysis.models import Analysis, AnalysisAnswer, AnalysisState, AnswerState
from stack.analysis.operations import start_analysis
from stack.audit.models import AuditEntry
from tests.people import make_member
from tests.security.analyses import WISH, make_analysis, make_file_analysis

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def organisation() -> Organisation:
    return Organisation.objects.create(name="North")


@pytest.fixture
def robin(organisation: Organisation) -> User:
    return make_member("robin", organisation, role=Role.CURATOR)


@pytest.fixture
def principal(robin: User) -> Principal:
    return principal_of_user(robin)


@pytest.fixture
def page(client: Client, robin: User) -> Client:
    client.force_login(robin)
    return client


def _read(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_a_verdict_stands_with_its_evidence_its_source_and_where_to_look_next(
    page: Client, principal: Principal
) -> None:
    text = _read(page, f"/analyses/{make_analysis(principal, 'evil.example')}")
    assert 'class="verdict verdict-suspicious"' in text
    assert "A source states evil[.]example." in text
    assert "+2.50" in text
    assert "rests on what is in this Stack" in text
    assert "What Stack knows" in text
    assert 'data-defanged="www[.]evil[.]example"' in text
    # Fanged it stands in what copies it, and in what analyses it; never where people read or click.
    visible = re.sub(
        r'data-fanged="[^"]*"|value="[^"]*"|<textarea.*?</textarea>|href="/search[^"]*"', "", text
    )
    assert "evil.example" not in visible


def test_only_what_has_changed_is_sent_and_the_asking_ends_with_the_analysis(
    page: Client, principal: Principal
) -> None:
    uid = start_analysis(principal, value="evil.example", wish=WISH).uid
    first = _read(page, f"/analyses/{uid}")
    found = re.search(r'hx-get="(/analyses/[^"]+/changes\?seen=[^"]+)" hx-trigger="every 700ms"', first)
    assert found is not None
    assert page.get(found[1]).status_code == 204
    AnalysisAnswer.objects.update(state=AnswerState.ABSENT, ended_at=5)
    changed = _read(page, found[1])
    assert set(re.findall(r'id="(part-[\w-]+)"', changed)) == {
        "part-verdict",
        "part-source-store",
        "part-facts",
    }
    assert "knows nothing of it" in changed
    assert 'hx-trigger="every 700ms"' in changed
    Analysis.objects.update(state=AnalysisState.DONE, ended_at=5)
    assert "hx-trigger" not in _read(page, found[1]).split('id="analysis-poll"')[1]


def test_the_answer_of_a_source_as_it_came_is_asked_for_by_itself(page: Client, principal: Principal) -> None:
    uid = make_analysis(principal, "evil.example")
    assert "&quot;value&quot;: &quot;evil.example&quot;" in _read(page, f"/analyses/{uid}/raw/store")
    assert page.get(f"/analyses/{uid}/raw/nothing").status_code == 404


def test_one_value_leads_to_its_page_and_several_to_their_list_in_their_order(page: Client) -> None:
    one = page.post("/analyses/start", {"values": "evil[.]example"})
    assert re.fullmatch(r"/analyses/[0-9a-f-]{36}", one["Location"])
    many = page.post("/analyses/start", {"values": "b.example\n\n198.51.100[.]7\na.example", "tlp": "green"})
    address = many["Location"]
    assert address.startswith("/analyses?batch=")
    rows = page.get(address.replace("/analyses", "/analyses.json")).json()["rows"]
    assert [row["value"] for row in rows] == ["b.example", "198.51.100.7", "a.example"]
    assert "Analyses of a list" in _read(page, address)
    csv = b"".join(page.get(address.replace("/analyses", "/analyses.csv")).streaming_content).decode()  # type: ignore[attr-defined]
    assert csv.splitlines()[2].startswith("198.51.100.7,198.51.100.7,ipv4,unknown,")


@pytest.mark.parametrize("values", ["", "not a value at all\nevil.example"])
def test_what_cannot_be_analysed_is_named_and_nothing_that_was_typed_is_lost(
    page: Client, values: str
) -> None:
    answer = page.post("/analyses/start", {"values": values})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert 'role="alert"' in text
    assert values.split("\n", maxsplit=1)[0] in text
    assert not Analysis.objects.exists()


def test_a_look_ahead_names_who_would_be_asked_and_starts_nothing(page: Client) -> None:
    answer = page.post(
        "/analyses/preview", {"values": "evil.example", "may_ask": "1"}, headers={"HX-Request": "true"}
    )
    text = answer.content.decode()
    assert "Nobody is asked." in text
    assert "What Stack knows" in text
    assert "no account" in text
    assert not Analysis.objects.exists()


def test_the_history_is_filtered_by_verdict_kind_and_text(page: Client, principal: Principal) -> None:
    make_analysis(principal, "evil.example")
    start_analysis(principal, value="198.51.100.7", wish=WISH)
    for query, count in (
        ("", 2),
        ("?verdict=suspicious", 1),
        ("?kind=ipv4", 1),
        ("?text=evil", 1),
        ("?text=x_y", 0),
    ):
        assert page.get(f"/analyses.json{query}").json()["total"] == count, query


def test_a_sample_leaves_only_in_an_encrypted_archive_and_on_record(
    page: Client, principal: Principal
) -> None:
    uid = make_file_analysis(principal)
    answer = page.get(f"/analyses/{uid}/sample")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert b"MZ is how it begins" not in content
    with pyzipper.AESZipFile(BytesIO(content)) as archive:
        [info] = archive.infolist()
        assert info.flag_bits & 1
        with pytest.raises(RuntimeError):
            archive.read(info)
        archive.setpassword(b"infected")
        assert archive.read(info) == b"MZ is how it begins"
    assert AuditEntry.objects.filter(name="analysis.sample", object_id=uid).count() == 1


def test_others_and_members_with_a_lower_clearance_see_nothing_of_it(
    client: Client, principal: Principal, organisation: Organisation
) -> None:
    uid = make_analysis(principal, "evil.example")
    elsewhere = Organisation.objects.create(name="South")
    people = [
        make_member("south", elsewhere, role=Role.ORGANISATION_ADMIN),
        make_member("low", organisation, role=Role.ANALYST, tlp_ceiling=1),
    ]
    for person in people:
        client.force_login(person)
        for path in ("", ".json", "/changes", "/stix.json", "/raw/store"):
            assert client.get(f"/analyses/{uid}{path}").status_code == 404, (person, path)
        assert client.get("/analyses.json").json()["rows"] == []
        assert client.post(f"/analyses/{uid}/delete").status_code == 404


def test_a_reader_sees_and_starts_nothing(
    client: Client, principal: Principal, organisation: Organisation
) -> None:
    uid = make_analysis(principal, "evil.example")
    client.force_login(make_member("reader", organisation, role=Role.READER))
    text = _read(client, f"/analyses/{uid}")
    assert "/delete" not in text
    assert "/ask" not in text
    assert "analyze-values" not in _read(client, "/analyses")
    assert "/providers" not in _read(client, "/analyses")


def test_a_look_up_has_the_newest_verdict_of_each_value(page: Client, principal: Principal) -> None:
    uid = make_analysis(principal, "evil.example")
    address = page.post("/lookup", {"values": "evil[.]example\nother.example"})["Location"]
    assert f'href="/analyses/{uid}"' in _read(page, address)
    rows = page.get(f"{address}.json").json()["rows"]
    assert [(row["verdict"], row["score"]) for row in rows] == [("suspicious", 55), (None, None)]


def test_a_credential_of_a_provider_is_taken_and_never_shown(page: Client) -> None:
    secret = "3f1c" * 16
    answer = page.post(
        "/providers/virustotal/save",
        {"scope": "organisation", "credentials-key": secret, "tlp": "green", "is_enabled": "1"},
    )
    assert answer.status_code == 302, answer.content.decode()
    for path in ("/providers/virustotal", "/providers"):
        text = _read(page, path)
        assert secret not in text
        assert "ready" in text
    answer = page.post(
        "/providers/virustotal/save", {"scope": "organisation", "rates": "often", "tlp": "clear"}
    )
    assert answer.status_code == 422
    assert "4 a minute" in answer.content.decode()
    assert page.post("/providers/virustotal/remove", {"scope": "organisation"}).status_code == 302
    assert "no account" in _read(page, "/providers/virustotal")


def test_a_rule_is_made_changed_switched_and_ended(page: Client) -> None:
    sent = {"name": "Domains", "kinds": ["domain"], "per_day": "5"}
    assert page.post("/analyses/rules/add", sent).status_code == 302
    again = page.post("/analyses/rules/add", sent)
    assert again.status_code == 409
    assert "There is a rule called Domains already" in again.content.decode()
    text = _read(page, "/analyses/rules")
    assert "0 of at most 5" in text
    found = re.search(r"/analyses/rules/(\d+)/switch", text)
    assert found is not None
    base = f"/analyses/rules/{found[1]}"
    page.post(f"{base}/switch", {})
    assert "Switch on" in _read(page, "/analyses/rules")
    refused = page.post(f"{base}/change", {"kinds": ["domain"], "per_day": "x"})
    assert refused.status_code == 422
    page.post(f"{base}/delete")
    assert "No rules" in _read(page, "/analyses/rules")
