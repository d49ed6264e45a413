"""Parameters that several operations take, with their bounds."""

import re
from typing import Annotated, Literal, get_args

from ninja.params.functions import Path, Query
from pydantic import AwareDatetime, BeforeValidator, Field

from stack.search.query_language import LONGEST_QUERY

_UUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
NO_NUL = r"^[^\x00]*$"
MARKING_PATTERN = rf"^marking-definition--{_UUID}$"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_TYPE = r"^[a-zA-Z0-9-]{1,250}$"

StixId = Annotated[
    str,
    Path(
        pattern=rf"^[a-z][a-z0-9-]{{1,248}}[a-z0-9]--{_UUID}$",
        max_length=288,
        description="A STIX id, for example `malware--92ec0cbd-2c30-44a2-b270-73f4ec949841`",
    ),
]
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Limit = Annotated[int, Query(ge=1, le=1000, description="Rows per page")]
After = Annotated[str | None, Query(max_length=500, pattern=NO_NUL, description="`next` of the page before")]
Types = Annotated[
    tuple[Annotated[str, Query(pattern=_TYPE)], ...],
    Query(alias="type", max_length=100, description="Only these STIX types; may be repeated"),
]
QueryText = Annotated[
    str,
    Query(max_length=LONGEST_QUERY, pattern=NO_NUL, description="Lucene syntax (docs/search.md)"),
]
Name = Annotated[str | None, Query(max_length=200, pattern=NO_NUL)]

Tlp = Literal["clear", "green", "amber", "amber+strict", "red"]
TLP_NAMES: tuple[Tlp, ...] = get_args(Tlp)
"""By their level, 0 to 4."""

FieldName = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]


def _expect_time(value: object) -> object:
    """A bare number would be read as seconds, which nobody means who is asked for a time."""
    if not isinstance(value, str) or _MOMENT.fullmatch(value) is None:
        raise ValueError("expected a time such as 2026-01-31T12:00:00Z")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_expect_time)]
BodyId = Annotated[int, Field(ge=1, le=2**63 - 1)]
