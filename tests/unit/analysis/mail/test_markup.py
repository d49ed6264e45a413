import pytest

from stack.analysis.mail.markup import read_markup
from stack.analysis.mail.shapes import Link, Markup
from stack.core.errors import BadInput


def read(text: str) -> tuple[Markup, str]:
    markup = Markup()
    return markup, read_markup(text, markup, place="HTML body")


def test_links_have_what_people_see_of_them() -> None:
    markup, shown = read(
        '<p>Please <a href=" https://evil.example/x ">https://www.<b>bank</b>.example/</a> now</p>'
        '<a href="#top">up</a><a href="mailto:a@b.example"></a><map><area href="//c.example"></map>'
    )
    assert markup.links == [
        Link("https://evil.example/x", "https://www.bank.example/", "HTML body"),
        Link("mailto:a@b.example", "", "HTML body"),
        Link("//c.example", "", "HTML body"),
    ]
    assert shown.startswith("Please https://www.bank.example/ now")


@pytest.mark.parametrize(
    "style",
    [
        'style="display: none"',
        'style="font-size:0px; color:red"',
        'style="color:#FFF"',
        'style="opacity:0"',
        'style="position:absolute; left:-9999px"',
        "hidden",
    ],
)
def test_hidden_text_is_kept_apart(style: str) -> None:
    markup, shown = read(f"<p>seen</p><div {style}>not <b>seen</b></div><p>too</p>")
    assert (markup.hidden, markup.hidden_letters, markup.shown_letters) == ("not seen", 7, 7)
    assert shown.split() == ["seen", "too"]


def test_white_on_a_colour_is_read() -> None:
    markup, _ = read(
        '<div style="background:#036"><p><a style="color:#ffffff" href="https://a.example">Go</a></p></div>'
    )
    assert markup.hidden_letters == 0
    assert markup.links[0].text == "Go"


def test_pixels_forms_frames_and_where_it_sends_people() -> None:
    markup, _ = read(
        '<meta http-equiv=Refresh content="0; URL=\'https://r.example\'"><base href="https://base.example/">'
        '<img src="https://t.example/p" width="1" height="1"><img src="cid:x" width=1 height=1>'
        '<img src="https://t.example/q" width=600><iframe src="https://f.example"></iframe>'
        '<form action="https://post.example"><input type=PASSWORD></form>'
    )
    assert (markup.pixels, markup.images, markup.frames) == (
        ["https://t.example/p"],
        2,
        ["https://f.example"],
    )
    assert (markup.forms, markup.password_fields) == (["https://post.example"], 1)
    assert (markup.refresh, markup.base) == ("https://r.example", "https://base.example/")


def test_script_that_makes_a_file_is_seen() -> None:
    payload = "QUJD" * 600
    markup, shown = read(
        f'<script>var b = new Blob([atob("{payload}")]); a.href = URL.createObjectURL(b); a.click()</script>x'
    )
    assert markup.scripts == 1
    assert len(markup.smuggling) == 4
    assert shown == "x"
    plain, _ = read("<script>track('open')</script>")
    assert (plain.scripts, plain.smuggling) == (1, [])


def test_what_is_nested_without_end_is_refused() -> None:
    with pytest.raises(BadInput, match="elements open"):
        read("<div>" * 100_000)
    markup, shown = read("<div>" * 3_000 + "x")
    assert shown == "x"
    assert markup.shown_letters == 1
