from pathlib import Path

import pytest
from publicsuffixlist import PSLFILE

from stack.analysis.names.parts import decode_name, find_organisation, split_name

_VECTORS = Path(PSLFILE).with_name("test_psl.txt")


def test_a_name_is_taken_apart() -> None:
    parts = split_name("Login.PayPal.co.uk.")
    assert (parts.suffix, parts.registered, parts.label, parts.below) == (
        "co.uk",
        "paypal.co.uk",
        "paypal",
        "login",
    )
    assert not parts.is_suffix_private
    assert parts.under_registry == "paypal.co.uk"


def test_below_a_hosting_service_the_customer_chose_the_label() -> None:
    parts = split_name("a.somebody.github.io")
    assert (parts.registered, parts.label, parts.below) == ("somebody.github.io", "somebody", "a")
    assert parts.is_suffix_private
    assert parts.operator == "GitHub, Inc."
    assert parts.under_registry == "github.io"


def test_a_suffix_has_nothing_registered_and_an_unknown_one_is_said() -> None:
    assert split_name("co.uk").registered == ""
    assert find_organisation("co.uk") == "co.uk"
    assert split_name("github.io").under_registry == "github.io"
    odd = split_name("a.b.nosuchsuffix")
    assert (odd.registered, odd.is_suffix_known) == ("b.nosuchsuffix", False)


def test_international_names_are_shown_as_people_see_them() -> None:
    assert split_name("bücher.example").host == "xn--bcher-kva.example"
    assert split_name("xn--bcher-kva.example").unicode == "bücher.example"
    assert decode_name("xn--99999999999.example") == "xn--99999999999.example"


@pytest.mark.parametrize(
    "text", ["", "a", "." * 99, "a" * 300 + ".org", "1.2.3.4", "a\0b.org", "a\ud800.org"]
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        split_name(text)


def _read_vectors() -> list[tuple[str, str]]:
    """checkPublicSuffix('host', 'registered'): the vectors that publicsuffix.org publishes."""
    found = []
    for line in _VECTORS.read_text(encoding="utf-8").splitlines():
        if line.startswith("checkPublicSuffix("):
            host, registered = line[len("checkPublicSuffix(") : -2].split(", ")
            if host != "null" and not host.startswith("'."):
                found.append((host.strip("'"), "" if registered == "null" else registered.strip("'")))
    return found


def test_the_published_vectors_hold() -> None:
    checked = 0
    for host, registered in _read_vectors():
        if "." not in host:
            continue
        expected = registered.encode("idna").decode() if registered else ""
        assert split_name(host).registered == expected, host
        checked += 1
    assert checked > 50
