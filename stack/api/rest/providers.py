"""`/providers`: the services that analyses ask, and the accounts for them."""

from dataclasses import asdict
from typing import Annotated

from ninja import Router
from ninja.params.functions import Query

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission
from stack.analysis.asking import operations, queries
from stack.analysis.base import Rate
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.parameters import NO_NUL
from stack.api.rest.provider_items import (
    AccountBody,
    AccountItem,
    AccountWord,
    ProviderList,
    TestItem,
    account_item,
    provider_item,
)
from stack.stix.markings import parse_tlp

router = Router(tags=["analysis"])
_USES = Needs(Permission.ANALYZE)
_TESTS = Needs(Permission.ANALYZE, cost=Cost.EXPENSIVE)


@router.get("/providers", response=ProviderList, auth=_USES)
def list_providers(request: ApiRequest) -> ProviderList:
    """The services that can be asked, and the accounts that you may use: their state and what is left."""
    return ProviderList(items=[provider_item(row) for row in queries.list_providers(request.auth)])


@router.put("/providers/account", response=AccountItem, auth=_USES)
def save_account(request: ApiRequest, body: AccountBody) -> AccountItem:
    """Sets an account up or changes it. That of your organisation needs manage-sources."""
    row = operations.save_account(
        request.auth,
        body.provider,
        name=body.name,
        credentials=body.credentials,
        options=body.options,
        is_enabled=body.is_enabled,
        is_personal=body.is_personal,
        tlp=None if body.tlp is None else parse_tlp(body.tlp),
        rates=None if body.rates is None else [Rate(each.calls, each.seconds) for each in body.rates],
    )
    return account_item(row)


@router.delete("/providers/account", response={204: None}, auth=_USES)
def delete_account(
    request: ApiRequest,
    *,
    provider: Annotated[str, Query(max_length=40, pattern=NO_NUL)],
    name: Annotated[str, Query(max_length=28, pattern=NO_NUL)] = "",
    is_personal: bool = False,
) -> None:
    """Forgets an account with its credentials and what was kept for it."""
    operations.delete_account(request.auth, provider, name=name, is_personal=is_personal)


@router.post("/providers/test", response=TestItem, auth=_TESTS)
def check_account(request: ApiRequest, body: AccountWord) -> TestItem:
    """Asks the service whether the credential is good, at the smallest cost that there is."""
    result = operations.test_account(
        request.auth, body.provider, name=body.name, is_personal=body.is_personal
    )
    return TestItem(**asdict(result))
