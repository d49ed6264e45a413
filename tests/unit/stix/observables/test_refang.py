"""Marks against clicking, written and read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stack.stix.observables.detect import NETWORK_KINDS, detect
from stack.stix.observables.kinds import Kind
from stack.stix.observables.refang import defang, refang


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("https://evil.example/a.b", Kind.URL, "hxxps://evil[.]example/a.b"),
        ("ftp://evil.example/", Kind.URL, "fxp://evil[.]example/"),
        ("tcp://192.0.2.1:53/", Kind.URL, "tcp[://]192[.]0[.]2[.]1:53/"),
        ("evil.example/a.b", Kind.URL, "evil[.]example/a.b"),
        ("http://[2001:db8::1]/", Kind.URL, "hxxp://[2001:db8:[:]1]/"),
        ("1.2.3.4", Kind.IPV4, "1.2.3[.]4"),
        ("10.0.0.0/8", Kind.CIDR, "10.0.0[.]0/8"),
        ("2001:db8::1", Kind.IPV6, "2001:db8:[:]1"),
        ("mail.evil.example", Kind.DOMAIN, "mail[.]evil[.]example"),
        ("user@evil.example", Kind.EMAIL, "user[@]evil[.]example"),
        ("a.exe", Kind.FILE_NAME, "a.exe"),
    ],
)
def test_values_that_people_could_click_are_marked_and_read_back(value: str, kind: Kind, shown: str) -> None:
    assert defang(value, kind) == shown
    assert refang(shown) == value


_LABELS = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?", fullmatch=True)
_HOSTS = st.lists(_LABELS, min_size=1, max_size=3).map(lambda labels: ".".join([*labels, "example"]))
_VALUES = st.one_of(
    _HOSTS,
    st.builds(lambda local, host: f"{local}@{host}", _LABELS, _HOSTS),
    st.ip_addresses().map(str),
    st.builds(
        lambda scheme, host, path: f"{scheme}://{host}/{path}",
        st.sampled_from(["http", "https", "ftp", "ws", "smb"]),
        st.one_of(_HOSTS, st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(lambda ip: f"[{ip}]")),
        st.from_regex(r"[a-zA-Z0-9._~%&=?/#-]{0,20}", fullmatch=True),
    ),
)


@given(_VALUES)
def test_refanging_undoes_defanging(value: str) -> None:
    observable = detect(value).observable
    assert observable.kind in NETWORK_KINDS
    shown = defang(observable.value, observable.kind)
    assert shown != observable.value
    assert refang(shown) == observable.value
    assert detect(shown).observable == observable


@pytest.mark.parametrize(
    "shown",
    [
        "hxxps://evil.example/a", "hXXpS://evil.example/a", "h**ps://evil.example/a", "h__ps://evil.example/a",
        "h[tt]ps://evil.example/a", "https[:]//evil.example/a", "https[://]evil.example/a", "htxps://evil.example/a",
        "https://evil[.]example/a", "https://evil(.)example/a", "https://evil{.}example/a", "https://evil<.>example/a",
        "https://evil[dot]example/a", "https://evil(DOT)example/a", "https://evil[.example/a",
        "https://evil.]example/a", "https://evil\\.example/a", "https://evil[[.]]example/a",
        "https://evil[.]example[/]a", "hxxps(:)//evil[ . ]example/a",
    ],
)  # fmt: skip
def test_every_common_mark_is_read(shown: str) -> None:
    assert refang(shown) == "https://evil.example/a"


@pytest.mark.parametrize(
    "text", ["a [link](b) (c) {d}", "libhxxpd", "array[.5]", "see (below).", "f(x) at (1, 2)"]
)
def test_other_brackets_stay(text: str) -> None:
    assert refang(text) == text
