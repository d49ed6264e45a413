"""Every legal spelling of Accept and Content-Type, and those that mean something else."""

import pytest

from stack.sharing.taxii.media_types import is_acceptable, is_envelope


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "",
        "*/*",
        "application/*",
        "application/taxii+json",
        "application/taxii+json;version=2.1",
        "application/taxii+json; version=2.1",
        "application/taxii+json ;\tversion=2.1 ; q=0.3",
        'Application/TAXII+JSON;Version="2.1"',
        "application/taxii+json;version=2.0, application/taxii+json;version=2.1",
        "application/vnd.oasis.taxii+json; version=2.0, */*;q=0.1",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "application/taxii+json;charset=utf-8;version=2.1",
        "application/json;q=1, application/taxii+json;q=0.001",
        'application/taxii+json;note="a, b; c";version=2.1',
        "application/taxii+json;version=2.1;q=nonsense",
        ", ,application/taxii+json",
    ],
)
def test_what_covers_taxii_is_acceptable(accept: str | None) -> None:
    assert is_acceptable(accept)


@pytest.mark.parametrize(
    "accept",
    [
        "application/json",
        "application/taxii+json;version=2.0",
        "application/taxii+json;version=3",
        "application/vnd.oasis.taxii+json;version=2.0",
        "application/stix+json;version=2.1",
        "text/*",
        "application/taxii+json;q=0",
        "application/taxii+json;version=2.1;q=0.000, */*",
        "application/taxii+json;q=0, application/*;q=1",
        "application",
        "application/taxii+json;version=2.0, */*;q=0",
    ],
)
def test_what_leaves_taxii_out_is_not(accept: str) -> None:
    assert not is_acceptable(accept)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/taxii+json;version=2.1",
        "application/taxii+json",
        "APPLICATION/TAXII+JSON ; VERSION=2.1",
        'application/taxii+json;version="2.1"; charset=UTF-8',
        "application/taxii+json;charset=utf8",
    ],
)
def test_an_envelope_is_told_in_any_spelling(content_type: str) -> None:
    assert is_envelope(content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "application/json",
        "application/stix+json;version=2.1",
        "application/taxii+json;version=2.0",
        "application/taxii+json;charset=utf-16",
        "text/plain",
        "application/taxii+json, text/plain",
    ],
)
def test_another_body_is_none(content_type: str | None) -> None:
    assert not is_envelope(content_type)
