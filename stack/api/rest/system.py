"""`/version`: what runs here."""

from ninja import Router
from pydantic import BaseModel, ConfigDict

from stack import __version__
from stack.accounts.principal import Permission
from stack.api.rest.authentication import ApiRequest, Needs

router = Router(tags=["system"])


class VersionInfo(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"version": "0.1.0", "api": "1"}]})

    version: str
    api: str


@router.get("/version", response=VersionInfo, auth=Needs(Permission.READ))
def get_version(request: ApiRequest) -> VersionInfo:
    """The version of Stack and of this API."""
    return VersionInfo(version=__version__, api="1")
