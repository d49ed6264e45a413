"""What the rules say of mails, each beside an ordinary one that it leaves alone."""

from collections.abc import Iterable

import pytest

from stack.analysis.answers import MODEST, SLIGHT, STRONG, Evidence
from stack.analysis.mail.judging.authentication import judge_authentication
from stack.analysis.mail.judging.case import Case
from stack.analysis.mail.judging.content import judge_content
from stack.analysis.mail.judging.identity import judge_identity
from stack.analysis.mail.judging.links import judge_linked
from stack.analysis.mail.judging.lookalikes import judge_lookalikes
from stack.analysis.mail.judging.route import judge_route
from stack.analysis.mail.lookups import Replies
from stack.analysis.mail.reading import read_entity
from stack.analysis.mail.shapes import Checks, KeyCheck
from stack.analysis.mail.wire import parse_mail
from stack.core.known_good import Category, KnownGood
from tests.analysis_tools import ToldTools
from tests.mails import make_key, seal_mail, sign_mail, write_attachment, write_mail, write_parts

_NOW = 1767700000_000000
_POPULAR = {"bank.example": (KnownGood("tranco", Category.FALSE_POSITIVE),)}
_RULES = (judge_identity, judge_lookalikes, judge_route, judge_authentication, judge_content)


def make_case(data: bytes, **more: object) -> Case:
    reading = read_entity(parse_mail(data), path="").reading
    return Case(mail=reading, now=_NOW, known=_POPULAR, **more)  # type: ignore[arg-type]


def judge(data: bytes, **more: object) -> dict[str, Evidence]:
    case = make_case(data, **more)
    found = [each for rule in _RULES for each in rule(case)]
    found += judge_linked(case.mail, ToldTools())
    return {each.code.removeprefix("mail."): each for each in found}


def weighty(found: dict[str, Evidence]) -> set[str]:
    return {code for code, each in found.items() if each.weight > 0}


def html(body: str, **options: str) -> bytes:
    return write_mail(body, kind="text/html; charset=utf-8", **options)  # type: ignore[arg-type]


def with_fields(*extra: tuple[str, str], **options: str) -> bytes:
    return write_mail(extra=extra, **options)  # type: ignore[arg-type]


def replies(records: dict[str, tuple[str, ...]], absent: Iterable[str] = ()) -> Replies:
    found = Replies()
    found.texts |= records
    found.texts |= dict.fromkeys(absent, ())
    found.absent |= set(absent)
    return found


def test_an_ordinary_mail_is_not_suspicious() -> None:
    assert weighty(judge(write_mail())) == set()
    newsletter = html(
        '<p hidden>Your weekly news</p><a href="https://click.news.example/1">Read more</a>'
        '<a href="https://click.news.example/2">www.firm.example/shop</a>'
        '<img src="https://open.news.example/p" width=1 height=1><p>' + "words " * 50,
        sender="Firm <news@firm.example>",
    )
    assert sum(each.weight for each in judge(newsletter).values()) < 0.6


@pytest.mark.parametrize(
    ("sender", "code", "least"),
    [
        ('"ceo@corp.example" <x@evil.example>', "name-is-address", 2.0),
        ("ceo@corp.example via Docs <x@evil.example>", "name-is-address", 0.5),
        ("PayPal Service <pp.team@gmail.com>", "name-is-brand", STRONG),
        ("PayPal Service <service@evil.example>", "name-is-brand", MODEST),
        ("Рaypal <x@evil.example>", "name-of-mixed-letters", STRONG),
        ("Pay\u200bments <x@firm.example>", "invisible-letters", MODEST),
        ("\u202egnp.eciovni <x@firm.example>", "turned-text", STRONG),
        ("no address", "no-address", MODEST),
        ("x@paypal-login.example", "lookalike-sender", STRONG),
        ("x@xn--pypal-4ve.example", "lookalike-sender", STRONG),
    ],
)
def test_senders_that_pretend(sender: str, code: str, least: float) -> None:
    found = judge(write_mail(sender=sender))
    assert found[code].weight >= least, found


@pytest.mark.parametrize(
    "sender",
    [
        "PayPal <service@paypal.com>",
        "PayPal <x@mail.paypal.com>",
        "Anna <anna@firm.example>",
        "Chase Smith <c@firm.example>",
    ],
)
def test_senders_that_do_not(sender: str) -> None:
    assert weighty(judge(write_mail(sender=sender))) == set()


def test_watched_brands_are_looked_for() -> None:
    data = write_mail(sender="Northwind Support <x@evil.example>")
    assert "name-is-brand" not in judge(data)
    assert judge(data, brands=("northwind.example",))["name-is-brand"].weight == STRONG


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ([("Reply-To", "other@gmail.com")], "reply-elsewhere"),
        ([("From", "a@one.example"), ("From", "b@two.example")], "several-senders"),
        ([("From", "a@one.example, b@two.example")], "several-authors"),
        ([("Subject", "a"), ("Subject", "b")], "repeated-fields"),
        ([("Subject", "RE: your order")], "feigned-reply"),
        ([("Message-ID", "<1@elsewhere.example>")], "identifier-elsewhere"),
        ([("Message-ID", "none")], "odd-identifier"),
        ([("To", "undisclosed-recipients:;")], "no-recipients"),
        ([("To", "anna@firm.example")], "sent-to-itself"),
        ([("Date", "Mon, 05 Jan 2099 10:00:00 +0000")], "future-date"),
        ([("Date", "Mon, 05 Jan 2015 10:00:00 +0000")], "odd-date"),
        ([("Date", "soon")], "no-date"),
        (
            [("Received", "from a ([203.0.113.5]) by late.example; Mon, 05 Jan 2026 20:00:00 +0000")],
            "time-runs-back",
        ),
        (
            [("Authentication-Results", "mx.corp.example; dmarc=fail header.from=firm.example")],
            "stated-dmarc-fail",
        ),
    ],
)
def test_headers_that_contradict_themselves(extra: list[tuple[str, str]], code: str) -> None:
    found = judge(write_mail(extra=extra))
    assert found[code].weight > 0, found
    assert weighty(found) == {code}


def test_a_reply_to_a_mail_is_one() -> None:
    assert "feigned-reply" not in judge(with_fields(("Subject", "Re: x"), ("In-Reply-To", "<1@a.example>")))


@pytest.mark.parametrize(
    ("body", "code", "least"),
    [
        ('<a href="https://evil.example/x">https://www.bank.example/login</a>', "link-says-other", STRONG),
        ('<a href="https://evil.example/x">www.unknown.example</a>', "link-says-other", MODEST),
        ('<a href="http://198.51.100.9/x">here</a>', "url.host-address", MODEST),
        ('<a href="https://bank.example@evil.example/">here</a>', "url.user-name", STRONG),
        ('<a href="javascript:x()">here</a>', "link-runs-script", STRONG),
        ('<a href="https://paypal-login.example/">here</a>', "url.host.lookalike.lure", STRONG),
        ("<form action=https://evil.example><input type=password>", "form", STRONG),
        ("<script>new Blob([atob(x)]); a.click()</script>", "smuggling", STRONG),
        ("<meta http-equiv=refresh content='0; url=https://evil.example'>", "refresh", MODEST),
        ("<div hidden>" + "innocent words " * 60 + "</div><p>Buy</p>", "hidden-text", 0.8),
        ('<a href="https://x.example"><img src="https://x.example/i.png"></a>', "image-only", 0.5),
    ],
)
def test_content_that_misleads(body: str, code: str, least: float) -> None:
    found = judge(html(body))
    assert found[code].weight >= least, found


@pytest.mark.parametrize(
    "body",
    [
        '<a href="https://www.bank.example/x">https://bank.example</a> and more text, so that it is a letter',
        '<a href="https://files.example/x">report.pdf</a> is the file that you asked for yesterday',
        '<a href="https://guard.example/?url=https%3A%2F%2Fbank.example%2Fx">bank.example</a> wrapped by '
        "the gateway of whoever got this mail",
        '<a href="https://firm.example/x">click here</a> to see what we have written for you in this month',
    ],
)
def test_content_that_does_not(body: str) -> None:
    assert weighty(judge(html(body))) == set()


def test_a_thousand_links_are_not_all_looked_at_but_each_host_is() -> None:
    many = "".join(f'<a href="https://firm.example/{number}">more</a>' for number in range(900))
    found = judge(html(f'{many}<a href="https://paypal-login.example/">pay</a>'))
    assert "url.host.lookalike.lure" in found


def test_a_password_beside_an_archive() -> None:
    zipped = write_attachment("a.zip", b"PK\x03\x04")
    data = write_parts("Content-Type: text/plain\r\n\r\nThe password is: 1234\r\n", zipped)
    assert judge(data)["password-beside"].weight == MODEST
    assert "password-beside" not in judge(
        write_parts("Content-Type: text/plain\r\n\r\nsee there\r\n", zipped)
    )


def test_what_proves_the_origin_and_what_does_not() -> None:
    data = sign_mail(write_mail(), make_key("firm.example"))
    known = replies({"TXT _dmarc.firm.example": ("v=DMARC1; p=reject",)})
    good = Checks(spf="pass", signatures=[KeyCheck(number=0, is_valid=True, key_bits=2048)])
    held = judge(data, checks=good, replies=known)
    assert {"signed-by-author", "spf-pass", "dmarc-pass"} <= held.keys()
    assert weighty(held) == set()

    bad = Checks(spf="fail", signatures=[KeyCheck(number=0, is_valid=False, fault="it is another")])
    failed = judge(data, checks=bad, replies=known)
    assert {code: each.weight for code, each in failed.items() if each.weight} == {
        "signature-fails": 0.8,
        "spf-fail": MODEST,
        "dmarc-fail": STRONG,
    }
    unsure = Checks(spf="temperror", signatures=[KeyCheck(number=0, fault="its key is not in DNS")])
    assert "dmarc-unknown" in judge(data, checks=unsure, replies=known)
    assert weighty(judge(data, checks=unsure, replies=known)) == set()


def test_it_says_who_signed_instead() -> None:
    data = sign_mail(write_mail(sender="PayPal <service@paypal.com>"), make_key("firm.example"))
    found = judge(
        data,
        checks=Checks(spf="fail", signatures=[KeyCheck(number=0, is_valid=True, key_bits=2048)]),
        replies=replies({"TXT _dmarc.paypal.com": ("v=DMARC1; p=reject",)}),
    )
    assert (
        found["signed-by-other"].statement
        == "The mail says it is from paypal.com, but it was signed by firm.example."
    )
    assert found["dmarc-fail"].weight == STRONG


def test_a_mailing_list_is_no_forger() -> None:
    data = with_fields(("List-Id", "<talk.list.example>"))
    found = judge(
        data, checks=Checks(spf="fail"), replies=replies({"TXT _dmarc.firm.example": ("v=DMARC1; p=reject",)})
    )
    assert found["dmarc-fail"].weight == MODEST
    feigned = with_fields(("List-Id", "<talk.list.example>"), ("Reply-To", "x@gmail.com"))
    assert judge(feigned)["reply-elsewhere"].weight == MODEST
    assert "reply-elsewhere" not in judge(
        with_fields(("List-Id", "<talk.list.example>"), ("Reply-To", "x@list.example"))
    )


def test_a_chain_excuses_only_where_many_know_its_sealer() -> None:
    for sealer, expected in (("bank.example", SLIGHT), ("evil.example", STRONG)):
        data = seal_mail(write_mail(), make_key(sealer), results=f"{sealer}; dkim=pass header.d=firm.example")
        found = judge(
            data,
            checks=Checks(spf="fail", chain="pass"),
            replies=replies({"TXT _dmarc.firm.example": ("v=DMARC1; p=reject",)}),
        )
        assert found["dmarc-fail"].weight == expected


def test_signatures_that_are_weak() -> None:
    key = make_key("firm.example")
    part = sign_mail(write_mail("first\r\n"), key, length=True) + b"second\r\n"
    assert judge(part)["unsigned-end"].weight == STRONG
    short = Checks(signatures=[KeyCheck(number=0, is_valid=True, key_bits=768)])
    assert judge(sign_mail(write_mail(), key), checks=short, replies=Replies())["short-key"].weight == MODEST


def test_domains_that_take_no_mail() -> None:
    gone = replies({}, absent=["MX firm.example"])
    assert judge(write_mail(), checks=Checks(), replies=gone)["no-such-domain"].weight == MODEST
    null = replies({"MX firm.example": ("0 .",)})
    assert "null-mx" in judge(write_mail(), checks=Checks(), replies=null)
    silent = Replies()
    silent.silent |= {"MX firm.example", "A firm.example"}
    assert weighty(judge(write_mail(), checks=Checks(), replies=silent)) == set()
