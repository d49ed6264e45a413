import base64
from urllib.parse import quote

from stack.analysis.urls.decoding import decode_values, split_query
from stack.analysis.urls.reading import read_url


def _texts(url: str) -> dict[str, str]:
    return {value.text: value.how for value in decode_values(read_url(url))}


def test_values_are_decoded_as_often_as_they_were_encoded() -> None:
    inner = "https://evil.example/a"
    twice = base64.b64encode(base64.urlsafe_b64encode(inner.encode())).decode().rstrip("=")
    assert _texts(f"https://example.org/?u={twice}")[inner] == "base64, base64"
    assert _texts(f"https://example.org/?u={inner.encode().hex()}")[inner] == "hexadecimal"
    assert _texts(f"https://example.org/?u={quote(quote(quote(inner, safe=''), safe=''), safe='')}")[
        inner
    ] == ("percent, percent")


def test_words_that_decode_to_noise_stay_words() -> None:
    texts = _texts("https://example.org/?word=internationalisation&id=4d5a9000030000000400")
    assert set(texts) == {"internationalisation", "4d5a9000030000000400"}


def test_fragments_and_parts_of_the_path_are_values_too() -> None:
    box = base64.b64encode(b"someone@example.org").decode()
    assert _texts(f"https://evil.example/x#{box}")["someone@example.org"] == "base64"
    assert _texts(f"https://evil.example/{box}/x")["someone@example.org"] == "base64"
    assert "y" in _texts("https://evil.example/#/page?q=y")


def test_bombs_of_parameters_are_bounded() -> None:
    many = "&".join(f"p{number}=value{number}" for number in range(400))
    assert len(decode_values(read_url(f"https://example.org/?{many}"))) == 100
    deep = "https://evil.example/"
    for _ in range(9):
        deep = base64.b64encode(deep.encode()).decode()
    assert len(decode_values(read_url(f"https://example.org/?u={deep}"))) <= 5


def test_a_query_is_split_at_both_separators() -> None:
    assert list(split_query("a=1;b=2&c&d=")) == [("a", "1"), ("b", "2"), ("", "c")]
