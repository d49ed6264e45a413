import pytest

from stack.analysis.mail.wire import DEEPEST_PART, MOST_FIELDS, MOST_PARTS, parse_mail, walk_leaves

_HEAD = b"From: a@b.example\r\nSubject: x\r\n"


def test_fields_keep_their_bytes_and_their_folds() -> None:
    root = parse_mail(b"From: a@b.example\r\nSubject:  one\r\n\ttwo \r\nX-Odd : 3\r\n\r\nbody")
    assert [(each.name, each.raw) for each in root.fields] == [
        ("from", b" a@b.example\r\n"),
        ("subject", b"  one\r\n\ttwo \r\n"),
        ("x-odd", b" 3\r\n"),
    ]
    assert root.read_field("subject") == "one\ttwo"
    assert root.data[root.start : root.end] == b"body"


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n\r\n", b"From anna Mon Jan 5 10:00:00 2026\n"])
def test_what_stands_before_the_header_is_passed_over(before: bytes) -> None:
    assert parse_mail(before + _HEAD + b"\r\nx").read_field("from") == "a@b.example"


def test_lines_that_are_no_fields_are_counted() -> None:
    root = parse_mail(b"From: a@b.example\r\nno field\r\nTo: c@d.example\r\n\r\nx")
    assert [each.name for each in root.fields] == ["from", "to"]
    assert root.faults == ["Lines of the header that are no header fields: 1."]


def test_parts_are_found_with_their_names_and_types() -> None:
    root = parse_mail(
        _HEAD + b'Content-Type: multipart/mixed; boundary="a b"\n\nx\n--a b\nContent-Type: TEXT/HTML;'
        b"charset=latin1\n\n<p>\xe9\n--a b  \nContent-Type: image/png; name*0*=utf-8''na%C3%AF; "
        b"name*1=ve.png\nContent-Transfer-Encoding: BASE64\n\naGVs\nbG8\n--a b--\nepilogue"
    )
    html, image = walk_leaves(root)
    assert (html.type, html.charset, html.read_body()) == ("text/html", "latin1", b"<p>\xe9")
    assert (image.type, image.name, image.read_body()) == ("image/png", "naïve.png", b"hello")
    assert root.faults == []


def test_a_multipart_without_an_end_gives_what_is_there() -> None:
    root = parse_mail(
        _HEAD + b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\none\r\n--a\r\n\r\ntwo"
    )
    assert [part.read_body() for part in walk_leaves(root)] == [b"one", b"two"]
    assert root.faults == ["A multipart of the mail has no end."]


@pytest.mark.parametrize(
    ("encoding", "body", "expected"),
    [
        ("base64", b"aGVs bG8=!", b"hello"),
        ("base64", b"aGVsbG8x2", b"hello1"),
        ("quoted-printable", b"h=C3=A9=\r\nllo =ZZ", b"h\xc3\xa9llo =ZZ"),
        ("x-uuencode", b"begin 644 a\n%:&5L;&\\\n`\nend\n", b"hello"),
        ("8bit", b"h\xe9", b"h\xe9"),
    ],
)
def test_transfer_encodings_are_read_as_far_as_they_go(encoding: str, body: bytes, expected: bytes) -> None:
    root = parse_mail(_HEAD + f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body)
    assert root.read_body() == expected


def test_depth_parts_and_fields_are_bounded() -> None:
    deep = b"x"
    for number in range(DEEPEST_PART + 5):
        line = b"--b%d" % number
        deep = b"Content-Type: multipart/mixed; boundary=b%d\n\n%s\n%s\n%s--\n" % (number, line, deep, line)
    assert any("nested more than" in fault for fault in parse_mail(_HEAD + deep).faults)
    wide = _HEAD + b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nx\n" * (MOST_PARTS + 5)
    root = parse_mail(wide)
    assert len(root.children) < MOST_PARTS + 1
    assert any("more than 1,000 parts" in fault for fault in root.faults)
    long = parse_mail(b"X: y\r\n" * (MOST_FIELDS + 7) + b"\r\n")
    assert (len(long.fields), long.faults) == (
        MOST_FIELDS,
        ["The header has 7 fields more than the 2,000 that were read."],
    )
