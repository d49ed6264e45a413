import pytest

from stack.analysis.mail.alignment import Policy, is_aligned, organisational_domain, read_policy


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("mail.firm.co.uk", "firm.co.uk"),
        ("Firm.Example.", "firm.example"),
        ("a.github.io", "a.github.io"),
        ("co.uk", "co.uk"),
        ("", ""),
        ("-", "-"),
    ],
)
def test_whose_a_domain_is(domain: str, expected: str) -> None:
    assert organisational_domain(domain) == expected


def test_alignment_is_of_the_organisation_unless_it_is_strict() -> None:
    assert is_aligned("bounce.firm.example", "firm.example", is_strict=False)
    assert not is_aligned("bounce.firm.example", "firm.example", is_strict=True)
    assert not is_aligned("evil.example", "firm.example", is_strict=False)
    assert not is_aligned("", "firm.example", is_strict=False)


@pytest.mark.parametrize(
    ("own", "parents", "expected"),
    [
        (["v=DMARC1; p=reject; aspf=s; pct=50"], [], Policy(wish="reject", is_strict_spf=True, percent=50)),
        ([], ["v=DMARC1; p=none; sp=quarantine"], Policy(wish="quarantine", is_of_parent=True)),
        ([], ["v=DMARC1; p=none"], Policy(wish="none", is_of_parent=True)),
        (["v=DMARC1; p=reject", "v=DMARC1; p=none"], [], None),
        (["v=spf1 -all"], [], None),
        (["v=DMARC1; p=maybe"], [], None),
    ],
)
def test_which_policy_holds(own: list[str], parents: list[str], expected: Policy | None) -> None:
    assert read_policy(own, parents) == expected
