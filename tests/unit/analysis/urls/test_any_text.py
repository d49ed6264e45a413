"""Whatever somebody pastes is answered or refused, in bounded time."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from stack.analysis.answers import Answer
from stack.analysis.names.analysing import analyze_domain
from stack.analysis.subjects import Subject
from stack.analysis.urls.analysing import analyze_link
from stack.core.errors import BadInput
from tests.analysis_tools import ToldTools

_PIECES = st.sampled_from(
    [
        "http://",
        "https:",
        "data:",
        "//",
        "\\",
        "@",
        "%25",
        "%41",
        "?u=",
        "&",
        "#",
        ":",
        ".",
        "paypal",
        "xn--",
        "[::1]",
        "0x7f",
    ]
)
_TEXTS = st.lists(st.one_of(_PIECES, st.text(max_size=8)), max_size=12).map("".join)


@settings(max_examples=300, deadline=2000)
@given(_TEXTS)
def test_a_url_is_answered_or_refused(text: str) -> None:
    try:
        answer = analyze_link(Subject(kind="url", value=text), ToldTools())
    except BadInput:
        return
    assert msgspec.json.decode(msgspec.json.encode(answer), type=Answer) == answer


@settings(max_examples=200, deadline=2000)
@given(_TEXTS.map(lambda text: f"{text}.example"))
def test_a_name_is_answered_or_refused(text: str) -> None:
    try:
        answer = analyze_domain(text, ToldTools())
    except BadInput:
        return
    assert msgspec.json.decode(msgspec.json.encode(answer), type=Answer) == answer
