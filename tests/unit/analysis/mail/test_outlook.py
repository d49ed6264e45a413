import pytest

from stack.analysis.mail.inspecting import read_inside
from stack.analysis.mail.outlook import parse_outlook
from stack.core.errors import BadInput
from tests.outlook_messages import Tree, make_compound, make_message, message_tree

_HEADERS = (
    "Received: from a.example ([198.51.100.7]) by b.example; Mon, 05 Jan 2026 10:00:00 +0000\r\n"
    "From: Anna <anna@firm.example>\r\nSubject: of the header\r\n"
)


def test_a_message_that_was_sent_has_its_own_header() -> None:
    mail = parse_outlook(make_message({"0037": "property", "007D": _HEADERS, "1000": "body"}))
    assert [field.name for field in mail.head.fields] == ["received", "from", "subject"]
    assert mail.head.read_field("subject") == "of the header"
    assert mail.text == "body"


def test_a_message_that_was_not_gets_one_from_its_properties() -> None:
    mail = parse_outlook(
        make_message(
            {
                "0037": "A draft",
                "0C1A": 'The "Boss"',
                "5D01": "x@evil.example",
                "0E04": "Desk",
                "1035": "<1@a>",
            }
        )
    )
    assert mail.head.read_field("from") == '"The Boss" <x@evil.example>'
    assert (mail.head.read_field("subject"), mail.head.read_field("to")) == ("A draft", "Desk")


def test_html_attachments_and_messages_within_are_found() -> None:
    inner = message_tree({"0037": "inner", "1000": "text"}, attachments=(("b.txt", b"two"),))
    tree: Tree = message_tree(
        {"0037": "outer"},
        attachments=(("a.txt", b"one"),),
        binary={"1013": b'<a href="https://evil.example">https://bank.example</a>'},
        embedded=inner,
    )
    mail = parse_outlook(make_compound(tree))
    assert mail.html.startswith("<a href")
    assert [(file.name, file.data.rstrip(b"\0 ")) for file in mail.files] == [("a.txt", b"one")]
    ((name, child),) = mail.mails
    assert (name, child.head.read_field("subject")) == ("attachment", "inner")
    assert [file.name for file in child.files] == ["b.txt"]


@pytest.mark.parametrize(
    "data", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 5_000]
)
def test_what_is_damaged_is_refused(data: bytes) -> None:
    import io

    with pytest.raises(BadInput, match="damaged"):
        list(read_inside(io.BytesIO(data), {}))
