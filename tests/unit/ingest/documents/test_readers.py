"""Text out of each format of document, and documents within documents."""

import io

import msgspec
import pytest

from stack.core.errors import BadInput
from stack.ingest.documents.passages import Budget, Passage, split_text
from stack.ingest.documents.reading import ReadDocument, read_inside
from stack.ingest.documents.sniffing import DocumentFormat, name_document, sniff_document
from tests.documents import make_docx, make_mail, make_paragraph, make_pdf, make_zip
from tests.outlook_messages import make_compound, make_message, message_tree

# MS-OXRTFCP, section 4.1.1 and 4.1.2.
_COMPRESSED = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)
_RUN = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")


def read(data: bytes, filename: str = "document") -> ReadDocument:
    return msgspec.convert(read_inside(io.BytesIO(data), {"filename": filename}), ReadDocument, strict=False)


def texts_of(document: ReadDocument) -> dict[str, str]:
    return {part.title: part.text for part in document.parts}


def test_pdf_gives_its_pages_its_title_and_where_links_lead() -> None:
    data = make_pdf("First page", "Second\nline", link="https://hidden.example/x", title="A report")
    document = read(data)
    assert (document.format, document.title) == ("pdf", "A report")
    assert texts_of(document) == {
        "page 1": "First page\nLinks on this page:\nhttps://hidden.example/x",
        "page 2": "Second\nline\nLinks on this page:\nhttps://hidden.example/x",
    }


def test_pdf_without_text_says_so() -> None:
    assert read(make_pdf("")).remarks == ["No text was found: the pages are probably pictures"]


def test_docx_gives_paragraphs_tables_links_and_comments() -> None:
    body = (
        make_paragraph("Go to evil", "[.]example now")
        + '<w:p><w:hyperlink r:id="r1"><w:r><w:t>click</w:t></w:r></w:hyperlink></w:p>'
        + '<w:p><w:r><w:instrText> HYPERLINK "https://field.example/" </w:instrText></w:r></w:p>'
        + f"<w:tbl><w:tr><w:tc>{make_paragraph('left')}</w:tc>"
        + f"<w:tc>{make_paragraph('right')}</w:tc></w:tr></w:tbl>"
        + "<w:p><w:r><w:delText>deleted.example</w:delText></w:r></w:p>"
    )
    data = make_docx(
        body, comments=make_paragraph("a remark"), title="Title", links={"r1": "https://hidden.example/"}
    )
    document = read(data)
    texts = texts_of(document)
    assert (document.format, document.title) == ("docx", "Title")
    assert texts["document"].split() == [
        "Go", "to", "evil[.]example", "now", "click", "<https://hidden.example/>", "<https://field.example/>",
        "left", "right",
    ]  # fmt: skip
    assert texts["comments"].strip() == "a remark"


def test_other_archives_are_named_for_what_they_are() -> None:
    with pytest.raises(BadInput, match="Excel workbook"):
        read(make_zip({"xl/workbook.xml": "<x/>"}), "a.docx")
    with pytest.raises(BadInput, match="ZIP archive"):
        read(make_zip({"a.txt": "x"}), "a.docx")


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>Visit <b>evil</b>[.]example<p>and more", "Visit evil[.]example\n\nand more"),
        ("<p>one<br>two <script>var a = 'hidden.example'</script></p>", "one\ntwo"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\tb"),
        ("<pre>rule x {\n  y\n}</pre>", "rule x {\n  y\n}"),
        (
            "<a href='https://real.example/x'>www.bank.example</a>",
            "www.bank.example <https://real.example/x>",
        ),
        ("<a href='https://real.example/x'>read more</a>", "read more"),
        ("<a href='https://same.example/'>https://same.example</a>", "https://same.example"),
        ("<nav>menu.example</nav><style>a{}</style>text", "text"),
        ("a &amp; b &#8364;", "a & b €"),
    ],
)
def test_html_is_broken_into_lines_as_a_browser_would(page: str, text: str) -> None:
    document = read(f"<html><head><title> A  title </title></head><body>{page}</body></html>".encode())
    assert document.title == "A title"
    assert "\n".join(part.text for part in document.parts) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Größe".encode(), "Größe"),
        ("Größe".encode("cp1252"), "Größe"),
        ("Größe".encode("utf-16"), "Größe"),
        (b"\xef\xbb\xbfwith a mark\r\nline", "with a mark\nline"),
        (b"half \xed\xa0\x80 pair", None),
    ],
)
def test_plain_text_is_read_in_its_encoding(data: bytes, text: str | None) -> None:
    (part,) = read(data).parts
    part.text.encode()
    assert text is None or part.text == text


def test_mail_gives_headers_bodies_hidden_links_and_what_is_attached() -> None:
    mail = make_mail(
        "See hxxp://evil[.]example", html="<a href='https://phish.example/'>your bank</a>", subject="Größe"
    )
    mail.add_attachment(make_pdf("198.51.100[.]7"), maintype="application", subtype="pdf", filename="a.pdf")
    inner = make_mail("inner text", subject="Inner")
    mail.add_attachment(inner)
    mail.add_attachment(b"MZ\x90\0", maintype="application", subtype="octet-stream", filename="a.exe")
    document = read(mail.as_bytes())
    texts = texts_of(document)
    assert (document.format, document.title) == ("eml", "Größe")
    assert "From: Billing <billing@evil.example>" in texts["headers"]
    assert texts["HTML body"] == "your bank <https://phish.example/>"
    assert texts["attachment “a.pdf”, page 1"] == "198.51.100[.]7"
    assert texts["attachment “message.eml”, text body"].strip() == "inner text"
    assert "SHA-256: " in texts["attachment “a.exe”"]
    assert document.remarks == ["The attachment “a.exe” is no document, and was not opened"]
    links = [find for find in document.finds if find.value == "https://phish.example/"]
    assert links[0].becomes == "indicator"


def test_what_is_attached_and_damaged_does_not_spoil_the_mail() -> None:
    mail = make_mail("The text")
    mail.add_attachment(b"%PDF-1.4 nothing", maintype="application", subtype="pdf", filename="a.pdf")
    document = read(mail.as_bytes())
    assert "The text" in texts_of(document)["text body"]
    assert "“a.pdf” was not read: This is no PDF" in document.remarks[0]


def test_outlook_message_gives_the_same() -> None:
    data = make_message(
        {"0037": "Invoice", "1000": "pay at hxxp://evil[.]example/x", "0C1F": "bad@evil.example"},
        attachments=(("note.txt", b"hash 44d88612fea8a8f36de82e1278abb02f"),),
    )
    document = read(data, "a.msg")
    texts = texts_of(document)
    assert (document.format, document.title) == ("msg", "Invoice")
    assert texts["headers"] == "From: bad@evil.example\nSubject: Invoice"
    assert texts["text body"] == "pay at hxxp://evil[.]example/x"
    assert "44d88612" in texts["attachment “note.txt”, text"]


@pytest.mark.parametrize(("packed", "text"), [(_COMPRESSED, "hello world"), (_RUN, "WXYZWXYZWXYZWXYZWXYZ")])
def test_body_in_compressed_rich_text_is_read(packed: bytes, text: str) -> None:
    tree = message_tree({"0037": "Rich"}, binary={"1009": packed + b"\0"})
    assert texts_of(read(make_compound(tree), "a.msg"))["body"].strip() == text


def test_html_body_and_message_within_a_message_are_read() -> None:
    html = b"<p>see <a href='https://phish.example/'>this</a></p>"
    inner = message_tree({"0037": "Inner", "1000": "inner 192.0.2.5"})
    tree = message_tree({"0037": "Outer"}, binary={"1013": html}, embedded=inner)
    document = read(make_compound(tree), "a.msg")
    texts = texts_of(document)
    assert document.title == "Outer"
    assert texts["HTML body"] == "see this <https://phish.example/>"
    assert texts["attachment “attachment”, text body"] == "inner 192.0.2.5"


@pytest.mark.parametrize(
    ("head", "filename", "expected"),
    [
        (b"%PDF-1.7", "x", DocumentFormat.PDF),
        (b"\n\n%PDF-1.4", "x", DocumentFormat.PDF),
        (b"<!-- a --><!DOCTYPE html><html>", "x", DocumentFormat.HTML),
        (b"From: a@b.example\nTo: c@d.example\nDate: x\n\nhi", "x", DocumentFormat.MAIL),
        (b"Subject: x\n\nhi", "x.eml", DocumentFormat.MAIL),
        (b"title: a Sigma rule\nstatus: test\n", "x", None),
        (b"PK\x03\x04rest", "x.docx", DocumentFormat.WORD),
        (b"PK\x03\x04rest", "x.zip", None),
        (b'{"type": "bundle"}', "x", None),
        (b"a,b,c\n1,2,3\n", "x.csv", None),
    ],
)
def test_documents_are_told_by_how_they_begin(head: bytes, filename: str, expected: object) -> None:
    assert sniff_document(head, filename) is expected


@pytest.mark.parametrize(
    "data", [b"\x7fELF\0\0\0", b"{\\rtf1 x}", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b" \n"]
)
def test_what_the_desk_cannot_read_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        name_document(data, "file")


def test_long_text_is_split_where_a_line_ends() -> None:
    text = ("x" * 99 + "\n") * 1000
    passages = list(split_text("text", text))
    assert [passage.part for passage in passages] == ["text, 1", "text, 2", "text, 3"]
    assert "".join(passage.text for passage in passages) == text
    assert all(passage.text.endswith("\n") for passage in passages)


def test_more_text_than_a_report_has_is_refused() -> None:
    budget = Budget(characters=10)
    budget.take(Passage("a", "x" * 10))
    with pytest.raises(BadInput, match="more text than a report"):
        budget.take(Passage("b", "x"))


@pytest.mark.parametrize(
    ("text", "tlp"),
    [
        ("TLP:AMBER", "amber"),
        ("This is tlp: white.", "clear"),
        ("TLP:GREEN and TLP:AMBER+STRICT", "amber+strict"),
        ("TLP:CLEAR TLP:GREEN TLP:AMBER TLP:RED are the labels", ""),
        ("nothing", ""),
    ],
)
def test_label_of_the_document_is_found(text: str, tlp: str) -> None:
    assert read(text.encode()).tlp == tlp
