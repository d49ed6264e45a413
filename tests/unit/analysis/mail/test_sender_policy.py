import pytest

from stack.analysis.mail.sender_policy import check_sender
from stack.analysis.mail.shapes import Checks

_ANSWERS = {
    "TXT firm.example": ["v=spf1 include:_spf.firm.example mx -all", "something else"],
    "TXT _spf.firm.example": ["v=spf1 ip4:198.51.100.0/24 ip6:2001:db8::/32 ~all"],
    "MX firm.example": ["10 mx.firm.example"],
    "A mx.firm.example": ["192.0.2.1"],
    "AAAA mx.firm.example": [],
    "TXT none.example": [],
    "TXT broken.example": ["v=spf1 ip4:x -all"],
    "TXT loop.example": ["v=spf1 include:loop.example -all"],
    "TXT macro.example": ["v=spf1 exists:%{ir}.ok.macro.example -all"],
    "A 7.100.51.198.ok.macro.example": ["127.0.0.2"],
}


def check(address: str, sender: str, *, silent: frozenset[str] = frozenset()) -> Checks:
    checks = Checks()
    check_sender(
        address=address, sender=sender, greeting="out.example", answers=_ANSWERS, silent=silent, checks=checks
    )
    return checks


@pytest.mark.parametrize(
    ("address", "sender", "expected"),
    [
        ("198.51.100.7", "a@firm.example", "pass"),
        ("2001:db8::7", "a@firm.example", "pass"),
        ("192.0.2.1", "a@firm.example", "pass"),
        ("203.0.113.9", "a@firm.example", "fail"),
        ("203.0.113.9", "a@none.example", "none"),
        ("203.0.113.9", "a@broken.example", "permerror"),
        ("203.0.113.9", "a@loop.example", "permerror"),
        ("198.51.100.7", "a@macro.example", "pass"),
    ],
)
def test_a_domain_says_who_may_send(address: str, sender: str, expected: str) -> None:
    checks = check(address, sender)
    assert (checks.spf, checks.missing) == (expected, [])


def test_what_was_not_asked_yet_is_named() -> None:
    checks = check("198.51.100.7", "a@unasked.example")
    assert (checks.spf, checks.missing) == ("temperror", ["TXT unasked.example"])
    again = check("198.51.100.7", "a@unasked.example", silent=frozenset({"TXT unasked.example"}))
    assert (again.spf, again.missing) == ("temperror", [])


def test_no_address_is_no_crash() -> None:
    assert check("not an address", "a@firm.example").spf == "permerror"
