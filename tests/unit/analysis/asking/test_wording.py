"""Words of others: cut, plain, and without secrets, however those are written."""

from base64 import b64encode
from urllib.parse import quote

import pytest

from stack.analysis.asking.wording import clean_words, hide_secrets

_SECRET = 'k/"+ey&0815'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<h1>403 Forbidden</h1>\r\n<hr>nginx", "403 Forbidden nginx"),
        ('{"error": "no\\nkey"}', '{"error": "no\\nkey"}'),
        ("a\u202eb\x07c\ud800d", "a b c d"),
        ("&lt;script&gt;", "<script>"),
        ("x" * 500, "x" * 159 + "…"),
    ],
)
def test_words_are_of_one_plain_line(text: str, shown: str) -> None:
    assert clean_words(text) == shown


@pytest.mark.parametrize(
    "written",
    [
        _SECRET.encode(),
        quote(_SECRET, safe="").encode(),
        b'k/\\"+ey&0815',
        b64encode(_SECRET.encode()),
    ],
)
def test_a_secret_is_hidden_in_every_form(written: bytes) -> None:
    hidden = hide_secrets(b"before " + written + b" after", [_SECRET])
    assert written.rstrip(b"=") not in hidden
    assert hidden.startswith(b"before [credential]")
    assert hidden.endswith(b" after")


def test_what_is_too_short_to_be_a_secret_stays() -> None:
    assert hide_secrets(b"a score of 1", ["1", ""]) == b"a score of 1"
