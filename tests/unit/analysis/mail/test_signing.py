import re

import pytest

from stack.analysis.mail.shapes import Checks, KeyCheck
from stack.analysis.mail.signing import check_signatures, read_chain, read_signatures
from stack.analysis.mail.wire import parse_mail
from tests.mails import MailKey, make_key, seal_mail, sign_mail, write_mail

KEY = make_key("firm.example")
# RFC 8463, appendix A: one message, signed with Ed25519 and with RSA.
_RFC_8463 = b"""\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
""".replace(b"\n", b"\r\n")
_RFC_8463_KEY = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def check(data: bytes, *keys: MailKey) -> Checks:
    checks = Checks()
    check_signatures(parse_mail(data), {key.name: key.record for key in keys}, checks)
    return checks


def check_one(data: bytes, *keys: MailKey) -> KeyCheck:
    return check(data, *keys).signatures[0]


def test_a_signature_holds_for_what_was_signed() -> None:
    data = sign_mail(write_mail(), KEY)
    signature = read_signatures(parse_mail(data))[0]
    assert (signature.domain, signature.selector, signature.body_matches) == ("firm.example", "s1", True)
    assert signature.signed[:3] == ("from", "to", "subject")
    found = check_one(data, KEY)
    assert (found.is_valid, found.key_bits, found.fault) == (True, 2048, "")


def test_what_comes_on_top_does_not_break_it_and_what_is_changed_does() -> None:
    data = sign_mail(write_mail(), KEY)
    assert check_one(b"Received: from a by b; x\r\n" + data, KEY).is_valid
    assert check_one(data.replace(b"tomorrow", b"tonight"), KEY).is_valid is False
    assert read_signatures(parse_mail(data.replace(b"tomorrow", b"tonight")))[0].body_matches is False
    changed = check_one(data.replace(b"Subject: Meeting", b"Subject: Payment"), KEY)
    assert changed.is_valid is False
    assert "header is not the one" in changed.fault


def test_a_second_from_field_breaks_it() -> None:
    data = sign_mail(write_mail(), KEY)
    assert check_one(data.replace(b"\r\nTo:", b"\r\nFrom: x@evil.example\r\nTo:", 1), KEY).is_valid is False


def test_without_its_key_nothing_is_said() -> None:
    found = check_one(sign_mail(write_mail(), KEY))
    assert found.is_valid is None
    assert found.fault == "its key is not in DNS"
    other = make_key("firm.example", "other")
    wrong = MailKey("firm.example", "s1", other.private)
    assert check_one(sign_mail(write_mail(), KEY), wrong).is_valid is False


def test_short_keys_and_keys_in_test_are_told() -> None:
    short = make_key("short.example", bits=1024)
    assert check_one(sign_mail(write_mail(), short), short).key_bits == 1024
    checks = Checks()
    check_signatures(parse_mail(sign_mail(write_mail(), KEY)), {KEY.name: f"{KEY.record}; t=y"}, checks)
    assert checks.signatures[0].is_testing


def test_only_a_part_of_the_body_may_be_signed() -> None:
    data = sign_mail(write_mail("first\r\n"), KEY, length=True) + b"<a href=evil>\r\n"
    signature = read_signatures(parse_mail(data))[0]
    assert (signature.length, signature.body_size, signature.body_matches) == (7, 22, True)
    assert check_one(data, KEY).is_valid


def test_it_holds_although_it_has_run_out() -> None:
    """Whether it had when the mail came is weighed by whoever knows when that was."""
    data = sign_mail(write_mail(), KEY)
    stale = re.sub(rb"; t=\d+", b"; t=1000000000; x=1000000100", data, count=1)
    signature = read_signatures(parse_mail(stale))[0]
    assert (signature.signed_at, signature.expires_at) == (10**15, 1000000100 * 10**6)
    assert "past" not in check_one(stale, KEY).fault


def test_ed25519_as_in_the_rfc() -> None:
    checks = Checks()
    root = parse_mail(_RFC_8463)
    assert read_signatures(root)[0].body_matches
    check_signatures(root, {"brisbane._domainkey.football.example.com": _RFC_8463_KEY}, checks)
    assert checks.signatures[0].is_valid
    check_signatures(
        parse_mail(_RFC_8463.replace(b"dinner", b"supper")),
        {"brisbane._domainkey.football.example.com": _RFC_8463_KEY},
        checks,
    )
    assert checks.signatures[0].is_valid is False


@pytest.mark.parametrize("lines", ["", "\r\n", "\r\n" * 50, "a  b \t\r\n \r\n\r\n", "x", "\r\r\n"])
@pytest.mark.parametrize("form", ["simple", "relaxed"])
def test_bodies_are_canonical_as_the_library_has_them(lines: str, form: str) -> None:
    import dkim

    data = write_mail(lines)
    signed = dkim.sign(
        data,
        b"s1",
        b"firm.example",
        KEY.pem,
        include_headers=[b"from"],
        canonicalize=(b"relaxed", form.encode()),
    )
    assert read_signatures(parse_mail(signed + data))[0].body_matches
    assert check_one(signed + data, KEY).is_valid


@pytest.mark.parametrize(
    "value",
    [
        "",
        "v=1",
        "v=1; a=rsa-sha256; d=x; s=y; h=from; bh=!; b=!",
        "v=9; a=no; d=; s=; h=; bh=; b=",
        "=;=;=",
        "a" * 20_000,
    ],
)
def test_what_is_no_signature_is_told_as_such(value: str) -> None:
    data = write_mail(extra=[("DKIM-Signature", value)])
    assert check_one(data, KEY).is_valid is not True
    assert len(read_signatures(parse_mail(data))) == 1


def test_a_chain_holds_link_by_link() -> None:
    relay = make_key("list.example")
    data = seal_mail(
        sign_mail(write_mail(), KEY), relay, results="list.example; dkim=pass header.d=firm.example"
    )
    assert check(data, KEY, relay).chain == "pass"
    twice = seal_mail(data, KEY, results="firm.example; arc=pass", status="pass", instance=2)
    assert check(twice, KEY, relay).chain == "pass"
    assert [(each.instance, each.seal_domain, each.status) for each in read_chain(parse_mail(twice))] == [
        (1, "list.example", "none"),
        (2, "firm.example", "pass"),
    ]
    assert check(twice.replace(b"Subject: Meeting", b"Subject: Money"), KEY, relay).chain == "fail"
    assert check(twice.replace(b"dkim=pass", b"dkim=none"), KEY, relay).chain == "fail"
    assert check(write_mail(), KEY).chain == ""
