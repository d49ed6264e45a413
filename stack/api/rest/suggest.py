"""`/suggest`: what somebody who types may mean."""

from typing import Annotated, Any, Literal

from ninja import Router
from ninja.params.functions import Query
from pydantic import BaseModel, ConfigDict, Field

from stack.accounts.principal import Permission
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.parameters import NO_NUL
from stack.search.suggestions import LONGEST, SHORTEST, suggest

_EXAMPLE: dict[str, Any] = {
    "suggestions": [{"kind": "value", "text": "evil.example", "type": "domain", "id": ""}]
}
router = Router(tags=["search"])


class SuggestionItem(BaseModel):
    kind: Literal["value", "object", "lookup"]
    text: str = Field(description="The value or name as it is, not defanged")
    type: str = Field(description="The kind of a value, the STIX type of an object, empty for a look-up")
    id: str = Field(description="The STIX id of an object, the id of a look-up, empty for a value")


class SuggestionList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    suggestions: list[SuggestionItem]


@router.get("/suggest", response=SuggestionList, auth=Needs(Permission.READ))
def list_suggestions(
    request: ApiRequest,
    q: Annotated[
        str,
        Query(
            max_length=LONGEST,
            pattern=NO_NUL,
            description=f"Beginning of a name or value, fanged or defanged, from {SHORTEST} characters on",
        ),
    ] = "",
) -> SuggestionList:
    """At most ten known values, names, and your own last look-ups."""
    return SuggestionList(
        suggestions=[
            SuggestionItem(kind=found.kind.value, text=found.text, type=found.type, id=found.id)
            for found in suggest(request.auth, q)
        ]
    )
