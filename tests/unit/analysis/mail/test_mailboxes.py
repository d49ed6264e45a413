import pytest

from stack.analysis.answers import MODEST, STRONG, Answer
from stack.analysis.base import Known, KnownObject
from stack.analysis.mail.mailboxes import analyze_address, find_plain
from stack.analysis.subjects import Subject
from stack.core.errors import BadInput
from stack.core.known_good import Category, KnownGood
from tests.analysis_tools import ToldResolver, ToldTools


def analyze(address: str, **tools: object) -> Answer:
    return analyze_address(Subject("email", address), ToldTools(**tools))  # type: ignore[arg-type]


def weights(answer: Answer) -> dict[str, float]:
    return {each.code.removeprefix("address."): each.weight for each in answer.evidence}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("anna.berg@firm.example", {}),
        ("anna.berg@gmail.com", {"free-mail": 0}),
        ("abuse@firm.example", {"role": 0}),
        ("anna+shop@firm.example", {"tagged": 0}),
        ("bounces+anna=firm.example@list.example", {"tagged": 0, "envelope": 0}),
        ("paypal.service@gmail.com", {"free-mail": 0, "names-brand": MODEST}),
        ("service@paypal.com", {"role": 0}),
        ("x@paypal-login.example", {"lookalike-domain": STRONG}),
        ("p\u0430ypal@firm.example", {"mixed-letters": STRONG}),
    ],
)
def test_what_an_address_says_by_itself(address: str, expected: dict[str, float]) -> None:
    assert weights(analyze(address)) == expected


def test_throw_away_mailboxes_are_on_a_list() -> None:
    listed = (KnownGood("disposable-email", Category.KNOWN),)
    assert weights(analyze("x@minutes.example", known_good={"x@minutes.example": listed})) == {
        "disposable": 0.5
    }


def test_the_store_knows_the_domain() -> None:
    bad = KnownObject("indicator--1", "indicator", "Phishing kit", "pattern")
    known = Known("evil.example", "domain", (bad,))
    (found,) = analyze("anna@evil.example", known={"evil.example": known}).evidence
    assert (found.code, found.weight, found.is_private) == ("address.known", MODEST, True)
    gone = Known(
        "evil.example", "domain", (KnownObject("indicator--1", "indicator", "x", "is", is_revoked=True),)
    )
    assert analyze("anna@evil.example", known={"evil.example": gone}).evidence == ()
    assert weights(analyze("anna@gmail.com", known={"gmail.com": known})) == {"free-mail": 0}


def test_the_mailbox_behind_tags_and_dots() -> None:
    assert find_plain("anna+x", "firm.example") == "anna@firm.example"
    assert find_plain("a.n.na+x", "googlemail.com") == "anna@gmail.com"
    assert find_plain("+", "firm.example") == "+@firm.example"
    assert "anna@firm.example" in {each.value for each in analyze("anna+x@firm.example").pivots}


def test_dns_tells_whether_it_takes_mail() -> None:
    records = {
        ("firm.example", "MX"): ("10 mx1.firm.example", "20 mx2.firm.example"),
        ("_dmarc.firm.example", "TXT"): ("v=DMARC1; p=quarantine",),
        ("firm.example", "TXT"): ("v=spf1 mx -all",),
    }
    answer = analyze("anna@firm.example", resolver=ToldResolver(records))
    assert {(each.name, each.value) for each in answer.facts if each.section == "Mail"} == {
        ("Mail server", "mx1.firm.example"),
        ("Mail server", "mx2.firm.example"),
        ("DMARC", "quarantine"),
        ("SPF", "v=spf1 mx -all"),
    }
    null = analyze("anna@firm.example", resolver=ToldResolver({("firm.example", "MX"): ("0 .",)}))
    assert weights(null) == {"null-mx": 0}
    assert analyze("anna@firm.example", resolver=ToldResolver()).evidence == ()


@pytest.mark.parametrize(
    "value", ["", "anna", "@", "a@b@c", "Anna <a@b.example>", "a@" + "b" * 300 + ".example"]
)
def test_what_is_no_address_is_refused(value: str) -> None:
    with pytest.raises(BadInput, match="no e-mail address"):
        analyze(value)
