"""Documents made to harm their reader end in a refusal in words, within limits, or are read after all."""

import struct
import time
import zlib
from collections.abc import Callable
from functools import cache

import pytest

from stack.core.errors import BadInput
from stack.core.sandbox.limits import SandboxLimits
from stack.ingest.documents.reading import ReadDocument, read_document
from tests.documents import make_docx, make_mail, make_paragraph, make_pdf, make_zip
from tests.outlook_messages import make_compound, make_message, message_tree

_MIB = 1024 * 1024
_LIMITS = SandboxLimits(memory_bytes=512 * _MIB, cpu_s=4, wall_s=20, answer_bytes=64 * _MIB)
_SLOWEST_S = 25


def make_xml_bomb() -> bytes:
    entities = '<!ENTITY a "x">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    return make_zip(
        {"word/document.xml": f"<!DOCTYPE d [{entities}]><d>&j;</d>", "[Content_Types].xml": "<Types/>"}
    )


def make_external_entity() -> bytes:
    text = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>'
    return make_zip({"word/document.xml": text})


def make_crowded_archive() -> bytes:
    return make_zip({"word/document.xml": "<x/>"} | {f"word/{number}": "" for number in range(20_000)})


def make_lying_archive() -> bytes:
    """The directory says that the part is a few bytes; it is not."""
    data = bytearray(make_docx(make_paragraph("x" * 100_000)))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<I", 10)
    return bytes(data)


def make_stream_bomb() -> bytes:
    packed = zlib.compress(b"BT (A) Tj ET " * 8 * _MIB, 1)
    body = make_pdf("x")
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream"
    start, end = body.index(b"5 0 obj\n") + 8, body.index(b"\nendobj", body.index(b"5 0 obj"))
    return body[:start] + stream + body[end:]


def make_looping_pages() -> bytes:
    return make_pdf("x").replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]")


def make_many_pages() -> bytes:
    return make_pdf("x").replace(b"/Count 1 ", b"/Count 99999999 ")


def make_nested_mails() -> bytes:
    mail = make_mail("the innermost")
    for number in range(30):
        outer = make_mail(f"level {number}")
        outer.add_attachment(mail)
        mail = outer
    return mail.as_bytes()


def make_nested_parts() -> bytes:
    lines = ["From: a@b.example", "To: c@d.example", "Subject: x", "Date: x"]
    for number in range(3_000):
        lines += [f"Content-Type: multipart/mixed; boundary=b{number}", "", f"--b{number}"]
    return "\r\n".join([*lines, "", "the text"]).encode()


def make_many_attachments() -> bytes:
    mail = make_mail("many")
    for number in range(400):
        mail.add_attachment(f"evil{number}.example", filename=f"{number}.txt")
    return mail.as_bytes()


def make_many_headers() -> bytes:
    return b"From: a@b.example\nTo: c\nDate: x\n" + b"Received: =?utf-8?q?" + b"=41" * 500_000 + b"?=\n\nx"


def make_looping_compound() -> bytes:
    data = bytearray(make_message({"0037": "x", "1000": "y"}))
    # Each sector of the allocation table follows itself.
    place = len(data) - 512
    for number in range(120):
        data[place + 4 * number : place + 4 * number + 4] = struct.pack("<I", number)
    return bytes(data)


def make_nested_messages() -> bytes:
    tree = message_tree({"0037": "the innermost", "1000": "text"})
    for number in range(8):
        tree = message_tree({"0037": f"level {number}", "1000": "text"}, embedded=tree)
    return make_compound(tree)


def make_rich_text_bomb() -> bytes:
    # Each reference repeats the seventeen bytes before it.
    body = b"\x00" + b"{\\rtf1 x" + b"\xff" + struct.pack(">H", 0xD0F) * 8
    packed = struct.pack("<II", len(body) + 12, 0x7FFFFFFF) + b"LZFu" + b"\0" * 4 + body * 5_000
    return make_compound(message_tree({"0037": "x"}, binary={"1009": packed}))


_ATTACKS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "xml bomb": ("a.docx", make_xml_bomb),
    "external entity": ("a.docx", make_external_entity),
    "crowded archive": ("a.docx", make_crowded_archive),
    "lying archive": ("a.docx", make_lying_archive),
    "zip bomb": ("a.docx", lambda: make_docx(" " * 80 * _MIB)),
    "text of a bomb": ("a.docx", lambda: make_docx(make_paragraph("x" * 30 * _MIB))),
    "nested elements": ("a.docx", lambda: make_docx("<w:p>" * 100_000 + "</w:p>" * 100_000)),
    "cut archive": ("a.docx", lambda: make_docx(make_paragraph("x"))[:-40]),
    "stream bomb": ("a.pdf", make_stream_bomb),
    "looping pages": ("a.pdf", make_looping_pages),
    "many pages": ("a.pdf", make_many_pages),
    "cut PDF": ("a.pdf", lambda: make_pdf("x")[:200]),
    "nested tags": ("a.html", lambda: b"<html><body>" + b"<div><b>" * 20_000 + b"evil[.]example"),
    "many links": ("a.html", lambda: b"<html><body>" + b"<a href='//a.example'>b.example" * 50_000),
    "attributes": ("a.html", lambda: b"<html><body><p " + b"a=b " * 500_000 + b">text"),
    "much text": ("a.html", lambda: b"<html><body>" + b"text " * 2 * _MIB),
    "nested mails": ("a.eml", make_nested_mails),
    "nested parts": ("a.eml", make_nested_parts),
    "many attachments": ("a.eml", make_many_attachments),
    "many headers": ("a.eml", make_many_headers),
    "looping compound": ("a.msg", make_looping_compound),
    "nested messages": ("a.msg", make_nested_messages),
    "rich text bomb": ("a.msg", make_rich_text_bomb),
    "cut compound": ("a.msg", lambda: make_message({"0037": "x"})[:600]),
    "long text": ("a.txt", lambda: b"x" * 6_000_000),
    "many values": ("a.txt", lambda: "".join(f"{n:032x}\n" for n in range(30_000)).encode()),
    "control characters": ("a.txt", lambda: bytes(range(1, 256)) * 1000),
}


@cache
def attack(name: str) -> ReadDocument | str:
    """What was read, or the words of the refusal."""
    filename, make = _ATTACKS[name]
    data = make()
    since = time.monotonic()
    try:
        return read_document(data, filename=filename, limits=_LIMITS)
    except BadInput as error:
        return error.detail
    finally:
        assert time.monotonic() - since < _SLOWEST_S


@pytest.mark.parametrize("name", _ATTACKS)
def test_attack_ends_within_limits(name: str) -> None:
    found = attack(name)
    if isinstance(found, str):
        assert found.isprintable()
        assert "Traceback" not in found
    else:
        assert sum(len(part.text) for part in found.parts) <= 5_000_000
        assert len(found.finds) <= 20_000
        assert "root:" not in "".join(part.text for part in found.parts)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("xml bomb", "damaged: EntitiesForbidden|damaged: DTDForbidden"),
        ("external entity", "damaged: DTDForbidden"),
        ("crowded archive", "holds 20,001 files"),
        ("zip bomb", "unpacks to more than 64 MB"),
        ("text of a bomb", "more text than a report"),
        ("cut archive", "damaged"),
        ("cut PDF", "no PDF that can be read"),
        ("much text", "more text than a report"),
        ("long text", "more text than a report"),
        ("cut compound", "damaged"),
    ],
)
def test_refusal_says_what_is_wrong(name: str, words: str) -> None:
    found = attack(name)
    assert isinstance(found, str)
    assert any(word in found for word in words.split("|")), found


def test_mails_in_mails_are_read_three_deep() -> None:
    found = attack("nested mails")
    assert isinstance(found, ReadDocument)
    assert "level 29" in found.parts[1].text
    assert any("nested too deep" in remark for remark in found.remarks)
    assert not any("the innermost" in part.text for part in found.parts)


def test_list_of_values_is_cut_where_nobody_would_review_it() -> None:
    found = attack("many values")
    assert isinstance(found, ReadDocument)
    assert len(found.finds) == 20_000
