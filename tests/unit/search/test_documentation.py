"""Every field of the query language is described for users."""

from pathlib import Path

import pytest

from stack.search.fields import FACETS, FIELDS, Field
from stack.search.query_language import parse_query

PAGE = (Path(__file__).parents[3] / "docs" / "search.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_a_field_stands_in_the_documentation_with_an_example_that_works(field: Field) -> None:
    facet = "yes" if field.name in FACETS else ""
    assert f"| `{field.name}` | {field.type} | {field.description} | `{field.example}` | {facet} |" in PAGE
    assert parse_query(field.example).node


def test_examples_of_the_documentation_can_be_read() -> None:
    examples = [line.partition(" # ")[0].strip() for line in PAGE.splitlines() if " # " in line]
    assert len(examples) > 15
    for example in examples:
        parse_query(example)
