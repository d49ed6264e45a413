"""`/export`: what you may see, or what a query finds, as a streamed file."""

from typing import Annotated, Literal

from django.http import StreamingHttpResponse
from ninja import Router
from ninja.params.functions import Query

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.objects import STIX_MEDIA_TYPE
from stack.api.rest.parameters import QueryText, Types
from stack.sharing.exporters.stix_bundle import export_bundle

router = Router(tags=["export"])


@router.get(
    "/export",
    auth=Needs(Permission.EXPORT, also=Permission.READ, cost=Cost.EXPENSIVE),
    openapi_extra={
        "responses": {
            200: {
                "description": "A bundle whose objects are byte for byte as they came",
                "content": {
                    STIX_MEDIA_TYPE: {
                        "schema": {"type": "object", "required": ["type", "id"]},
                        "example": {"type": "bundle", "id": "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d"},
                    }
                },
            }
        }
    },
)
def export(
    request: ApiRequest,
    *,
    q: QueryText = "",
    types: Types = (),
    form: Annotated[Literal["stix"], Query(alias="format")] = "stix",
) -> StreamingHttpResponse:
    """All objects, or those of some types, or those that a query finds, as one STIX bundle."""
    response = StreamingHttpResponse(
        export_bundle(request.auth, query=q, types=types), content_type=STIX_MEDIA_TYPE
    )
    response["Content-Disposition"] = f'attachment; filename="stack-export.{form}.json"'
    return response
