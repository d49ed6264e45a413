"""`/markings`: what can be chosen to mark something with."""

from ninja import Router
from pydantic import BaseModel, ConfigDict

from stack.accounts.principal import Permission
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.handling import MARKING_EXAMPLES, MarkingItem, marking_item
from stack.store import queries

router = Router(tags=["markings"])


class MarkingList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": MARKING_EXAMPLES}]})

    items: list[MarkingItem]


@router.get("/markings", response=MarkingList, auth=Needs(Permission.READ))
def list_markings(request: ApiRequest) -> MarkingList:
    """The levels of TLP 2.0, and the marking definitions that you may see."""
    return MarkingList(items=[marking_item(row) for row in queries.list_markings(request.auth)])
