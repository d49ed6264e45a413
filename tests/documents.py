"""Documents made by hand for tests: PDF, DOCX, mails."""

import io
import zipfile
from email.message import EmailMessage

_W = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


def make_pdf(*pages: str, link: str = "", title: str = "") -> bytes:
    """One page a text, lines by line feeds; each page with a link that its text does not show."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    annotation = (
        f"/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI ({link}) >> >>]"
        if link
        else ""
    )
    for number, text in enumerate(pages):
        lines = "".join(f"({line}) Tj T* " for line in text.split("\n"))
        stream = f"BT /F1 8 Tf 10 TL 30 750 Td {lines} ET"
        bodies += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {5 + 2 * number} 0 R {annotation} >>",
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        ]
    bodies.append(f"<< /Title ({title}) >>")
    return _number_objects(bodies)


def _number_objects(bodies: list[str]) -> bytes:
    output = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(output))
        output += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(bodies) + 1
    trailer = (
        f"trailer << /Size {size} /Root 1 0 R /Info {len(bodies)} 0 R >>\nstartxref\n{len(output)}\n%%EOF"
    )
    return output + f"xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}".encode("latin-1")


def make_docx(
    body: str, *, comments: str = "", title: str = "", links: dict[str, str] | None = None
) -> bytes:
    """A Word document; `body` is WordprocessingML, `links` are targets by relation id."""
    relations = "".join(
        f'<Relationship Id="{name}" Target="{target}" TargetMode="External"/>'
        for name, target in (links or {}).items()
    )
    parts = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_RELATIONS}">{relations}</Relationships>',
        "word/comments.xml": f"<w:comments {_W}><w:comment>{comments}</w:comment></w:comments>",
        "docProps/core.xml": '<c:p xmlns:c="x" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title></c:p>",
    }
    return make_zip(parts)


def make_zip(parts: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def make_paragraph(*runs: str) -> str:
    return "<w:p>" + "".join(f"<w:r><w:t>{run}</w:t></w:r>" for run in runs) + "</w:p>"


def make_mail(text: str, *, html: str = "", subject: str = "Invoice", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = headers.get("sender", "Billing <billing@evil.example>")
    mail["To"] = "desk@corp.example"
    mail["Subject"] = subject
    mail["Date"] = "Mon, 01 Jan 2024 00:00:00 +0000"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail
