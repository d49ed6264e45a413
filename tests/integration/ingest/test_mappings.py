"""What somebody says once of a source's columns is kept for its next file."""

import json

import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.audit.models import AuditEntry
from stack.core.errors import BadInput, NotAllowed, NotFound
from stack.ingest.base import CsvMapping
from stack.ingest.mappings.operations import forget_mapping, save_mapping
from stack.ingest.mappings.queries import get_mapping, list_mappings
from stack.store.queries.objects import iterate_texts
from tests.integration.ingest.conftest import Ingest
from tests.people import make_principal

pytestmark = pytest.mark.django_db(databases="__all__")
# Both columns look like values, and guessing takes the first.
FIRST = b"seen_at,target\na.example,b.example\n"
SECOND = b"seen_at,target\nc.example,d.example\n"
MAPPING = CsvMapping(value="target", value_type="domain", has_header=True)


def names(principal: Principal) -> list[str]:
    return sorted(json.loads(text)["name"] for text in iterate_texts(principal, types=["indicator"]))


def test_a_mapping_given_with_a_file_is_used_for_the_next_one_of_the_source(
    ingest: Ingest, principal: Principal
) -> None:
    ingest(FIRST, "one.csv", mapping=MAPPING)
    ingest(SECOND, "two.csv")
    assert names(principal) == ["b.example", "d.example"]
    [row] = list_mappings(principal)
    assert (row.source, row.mapping, row.changed_by) == ("feed", MAPPING, principal.name)


def test_it_is_of_one_source_and_can_be_forgotten(ingest: Ingest, principal: Principal) -> None:
    save_mapping(principal, source="feed", mapping=MAPPING)
    ingest(FIRST, "one.csv", source="another")
    assert names(principal) == ["a.example"]
    forget_mapping(principal, source="feed")
    assert get_mapping(principal, "feed") is None
    ingest(SECOND, "two.csv")
    assert names(principal) == ["a.example", "c.example"]
    with pytest.raises(NotFound):
        forget_mapping(principal, source="feed")


def test_other_formats_have_no_mapping(ingest: Ingest, principal: Principal) -> None:
    save_mapping(principal, source="feed", mapping=MAPPING)
    job = ingest(b"nothing but c2.example here\n", "report.txt", format="text")
    assert job.result["rejected"] == 0


def test_a_column_that_a_file_does_not_have_says_which_it_has(ingest: Ingest, principal: Principal) -> None:
    save_mapping(principal, source="feed", mapping=MAPPING)
    job = ingest(b"indicator,note\na.example,x\n", "one.csv")
    assert "'target'" in job.error
    assert "indicator, note" in job.error


def test_another_organisation_has_its_own(principal: Principal) -> None:
    save_mapping(principal, source="feed", mapping=MAPPING)
    stranger = make_principal("eve", Organisation.objects.create(name="Others"), role=Role.CURATOR)
    assert list_mappings(stranger) == []
    assert get_mapping(stranger, "feed") is None
    with pytest.raises(NotFound):
        forget_mapping(stranger, source="feed")


def test_who_may_not_ingest_may_not_read_or_keep_one(principal: Principal) -> None:
    reader = make_principal("rob", Organisation.objects.get(pk=principal.organisation_id), role=Role.READER)
    with pytest.raises(NotAllowed):
        save_mapping(reader, source="feed", mapping=MAPPING)
    with pytest.raises(NotAllowed):
        list_mappings(reader)


def test_each_change_is_recorded_and_the_same_again_is_none(principal: Principal) -> None:
    with pytest.raises(BadInput):
        save_mapping(principal, source=" ", mapping=MAPPING)
    save_mapping(principal, source="feed", mapping=MAPPING)
    save_mapping(principal, source="feed", mapping=MAPPING)
    assert AuditEntry.objects.filter(name="mapping.save").count() == 1
