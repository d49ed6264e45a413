import pytest

from stack.store.records import ObjectRow
from stack.web.naming import Shown, defang_within, show_name


def _row(stix_type: str, name: str) -> ObjectRow:
    return ObjectRow(1, f"{stix_type}--x", stix_type, name, None, None, False, None, None, "", 1)


@pytest.mark.parametrize(
    ("stix_type", "name", "shown"),
    [
        ("domain-name", "evil.example", Shown("evil.example", "domain")),
        ("indicator", "198.51.100.23", Shown("198.51.100.23", "ipv4")),
        ("indicator", "gate on evil-host.com (loader)", Shown("gate on evil-host[.]com (loader)")),
        ("tool", "ASP.NET", Shown("ASP.NET")),
        ("malware", "COLD WICKET", Shown("COLD WICKET")),
        ("sighting", "", Shown("sighting--x")),
    ],
)
def test_values_are_shown_as_values_and_names_as_names(stix_type: str, name: str, shown: Shown) -> None:
    assert show_name(_row(stix_type, name)) == shown


def test_defanging_within_leaves_the_rest_of_a_text_alone() -> None:
    text = "see hxxp://a[.]com/x, http://evil-host.com/y and report.pdf"
    assert defang_within(text) == "see hxxp://a[.]com/x, hxxp://evil-host[.]com/y and report.pdf"
