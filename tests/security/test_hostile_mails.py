"""Mails made to keep a reader busy, to fill its memory or to crash it: a bounded answer, or a clear refusal.

What must be bounded by itself is read in this process; what only the sandbox ends, in the sandbox.
"""

import time
from io import BytesIO
from typing import NamedTuple

import msgspec
import pytest

from stack.analysis.mail.inspecting import Told, check_inside, read_inside
from stack.analysis.mail.running import inspect_mail
from stack.analysis.mail.shapes import Checks, MailReading
from stack.core.errors import BadInput
from stack.core.sandbox.limits import SandboxLimits
from tests.analysis_tools import ToldTools
from tests.mails import make_key, sign_mail, write_mail

KEY = make_key("b.example")
_HEAD = b"From: a@b.example\r\nSubject: x\r\n"
_MULTIPART = _HEAD + b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
_HTML = _HEAD + b"Content-Type: text/html\r\n\r\n"
# On a machine at rest each takes a second or less.
_MOST_S = 20.0


class Inspected(NamedTuple):
    mails: list[MailReading]
    left_out: int


def inspect(data: bytes) -> Inspected:
    began = time.monotonic()
    try:
        told = [msgspec.convert(line, Told) for line in read_inside(BytesIO(data), {})]
    finally:
        assert time.monotonic() - began < _MOST_S
    mails = [each.mail for each in told if each.mail is not None]
    return Inspected(mails, sum(each.left_out for each in told))


def check(data: bytes) -> Checks:
    began = time.monotonic()
    answers = {f"TXT {KEY.name}": [KEY.record]}
    found = msgspec.convert(check_inside(BytesIO(data), {"answers": answers}), list[Checks])
    assert time.monotonic() - began < _MOST_S
    return found[0]


def nest_mails(count: int) -> bytes:
    mail = _HEAD + b"\r\nhello\r\n"
    for _ in range(count):
        mail = _HEAD + b"Content-Type: message/rfc822\r\n\r\n" + mail
    return mail


def nest_parts(count: int) -> bytes:
    part = b"Content-Type: text/plain\r\n\r\nx\r\n"
    for number in range(count):
        mark = b"b%d" % number
        part = b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n%s\r\n--%s--\r\n" % (
            mark,
            mark,
            part,
            mark,
        )
    return _HEAD + part


def test_a_hundred_thousand_headers() -> None:
    found = inspect(_HEAD + b"".join(b"X-%d: y\r\n" % number for number in range(100_000)) + b"\r\nbody")
    assert "98,002 fields more" in found.mails[0].faults[0]
    assert found.mails[0].senders[0].address == "a@b.example"


def test_mails_nested_a_thousand_deep() -> None:
    found = inspect(nest_mails(1_000))
    assert (len(found.mails), found.left_out) == (6, 1)


def test_parts_nested_a_thousand_deep() -> None:
    assert any("nested" in fault for fault in inspect(nest_parts(1_000)).mails[0].faults)


def test_boundaries_that_never_end() -> None:
    found = inspect(_MULTIPART + b"--a\r\n\r\nx\r\n" * 100_000)
    assert any("more than 1,000 parts" in fault for fault in found.mails[0].faults)


@pytest.mark.parametrize(
    "head",
    [
        b"Subject: " + b"A" * 10_000_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 500_000,
        b"Subject: x\r\n" + b" folded\r\n" * 500_000 + b"X: y",
        b"To: " + b"(" * 2_000_000,
        b'Content-Type: text/plain; a="' + b'";a*0*=x' * 500_000,
    ],
    ids=["line", "words", "folds", "comments", "parameters"],
)
def test_header_lines_of_ten_megabytes(head: bytes) -> None:
    found = inspect(head + b"\r\nFrom: a@b.example\r\n\r\nx")
    assert found.mails[0].senders[0].address == "a@b.example"


def test_bodies_that_signatures_are_slow_to_read() -> None:
    for blanks in (b" ", b"\r\n", b" \t\r\n", b"\r"):
        data = sign_mail(_HEAD + b"\r\nx", KEY) + blanks * 1_000_000
        assert inspect(data).mails[0].signatures
        assert check(data).signatures[0].is_valid is not None


def test_signatures_that_name_everything() -> None:
    value = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=b.example; s=s1; bh=aaaa; b=aaaa; h=" + "from:" * 3_000
    found = check(write_mail(extra=[("DKIM-Signature", value)] * 50))
    assert len(found.signatures) == 10
    assert not any(each.is_valid for each in found.signatures)


def test_html_that_is_nested_without_end() -> None:
    found = inspect(_HTML + b"<div style='display:none'>" * 300_000)
    assert any("elements open" in fault for fault in found.mails[0].faults)


def test_html_that_its_parser_does_not_end_with() -> None:
    """It closes as much as it opens, elsewhere: the sandbox ends it, and the header is read by itself."""
    data = _HTML + b"<div>" * 100_000 + b"</x>" * 100_000
    found = inspect_mail(ToldTools(sample=data), limits=SandboxLimits(memory_bytes=2**31, cpu_s=2, wall_s=20))
    assert found.mails[0].senders[0].address == "a@b.example"
    assert found.mails[0].faults == ["The HTML was left out, as reading it took too long."]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 1_000,
        bytes(range(256)) * 100,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 5_000,
        b"x: y\r\n\r\nz",
    ],
    ids=["empty", "nul", "bytes", "compound", "no-mail"],
)
def test_what_is_no_mail_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match=r"no mail|damaged"):
        inspect(data)


def test_encodings_that_are_broken() -> None:
    found = inspect(
        b"Subject: =?x-nope?q?a?= =?utf-8?b?%%%?=\0\xff\r\nFrom: =?utf-8?b?/w==?= <a@b.example>\r\n"
        b"Content-Type: text/plain; charset=nope\r\nContent-Transfer-Encoding: base64\r\n\r\n====!!!!\xff\xfe"
    )
    assert found.mails[0].senders[0].address == "a@b.example"
