"""`/lookup`: what is known about a value, or about each of up to 10,000."""

from typing import Annotated, Any

from ninja import Router
from ninja.params.functions import Query
from pydantic import BaseModel, ConfigDict, Field

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.items import OBJECT_EXAMPLE, ObjectItem, object_item
from stack.search.lookup import MOST_INPUTS, look_up
from stack.search.records import LookupAnswer

_ANSWER_EXAMPLE: dict[str, Any] = {
    "input": "hxxp://evil[.]example/login",
    "value": "http://evil.example/login",
    "kind": "url",
    "known": True,
    "note": "refanged",
    "objects": [OBJECT_EXAMPLE],
    "more": 0,
    "networks": [],
    "known_good": [],
}
router = Router(tags=["lookup"])


class KnownGoodItem(BaseModel):
    """A warning list that holds the value."""

    list_name: str = Field(description="Short name of the list")
    title: str
    version: int
    category: str = Field(description="false_positive: nobody should block it; known: says what it is")
    matched: str = Field(description="The host name that the list has; empty where it has the value itself")


class AnswerItem(BaseModel):
    """What is known about one input."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ANSWER_EXAMPLE]})

    input: str
    value: str = Field(description="The canonical value that was looked up")
    kind: str = Field(description="What the input was read as")
    known: bool
    note: str = Field(description="How the input was read; empty when it was taken as it stood")
    objects: list[ObjectItem] = Field(description="At most twenty objects that are, match or mention it")
    more: int = Field(description="How many further objects there are")
    networks: list[str] = Field(description="Known networks that contain the address")
    known_good: list[KnownGoodItem] = Field(description="Warning lists that hold the value")


class AnswerList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"answers": [_ANSWER_EXAMPLE]}]})

    answers: list[AnswerItem] = Field(description="One per value, in order, unknown ones included")


class ValueList(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"values": ["hxxp://evil[.]example/login", "10.0.0.1"]}]},
    )

    values: list[str] = Field(max_length=MOST_INPUTS)


@router.get("/lookup", response=AnswerItem, auth=Needs(Permission.READ))
def look_up_one(
    request: ApiRequest, value: Annotated[str, Query(max_length=8192, description="Fanged or defanged")]
) -> AnswerItem:
    """What is known about one value."""
    [answer] = look_up(request.auth, [value])
    return _answer_item(answer)


@router.post("/lookup", response=AnswerList, auth=Needs(Permission.READ, cost=Cost.EXPENSIVE))
def look_up_many(request: ApiRequest, body: ValueList) -> AnswerList:
    """What is known about each of up to 10,000 values: one answer per value, in order."""
    return AnswerList(answers=[_answer_item(answer) for answer in look_up(request.auth, body.values)])


def _answer_item(answer: LookupAnswer) -> AnswerItem:
    return AnswerItem(
        input=answer.input,
        value=answer.value,
        kind=answer.kind,
        known=answer.known,
        note=answer.note,
        objects=[object_item(row) for row in answer.objects],
        more=answer.more,
        networks=list(answer.networks),
        known_good=[
            KnownGoodItem(
                list_name=each.list_name,
                title=each.title,
                version=each.version,
                category=each.category,
                matched=each.matched,
            )
            for each in answer.known_good
        ],
    )
