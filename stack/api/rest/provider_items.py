"""How providers and accounts look in answers and bodies of the REST API."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from stack.analysis.asking.records import AccountRow, FieldRow, ProviderRow
from stack.analysis.base import Rate
from stack.api.rest.parameters import NO_NUL, TLP_NAMES, Tlp
from stack.api.rest.wire import instant

_ACCOUNT: dict[str, Any] = {
    "id": 3,
    "provider": "virustotal",
    "name": "",
    "is_personal": False,
    "is_enabled": True,
    "credentials": ["key"],
    "options": {},
    "rates": [{"calls": 4, "seconds": 60}, {"calls": 500, "seconds": 86_400}],
    "tlp": "green",
    "state": "ready",
    "message": "",
    "until": None,
    "left": 4,
    "last_asked_at": "2026-11-23T09:30:00Z",
    "created_at": "2026-11-20T09:30:00Z",
    "changed_at": "2026-11-20T09:30:00Z",
}
_PROVIDER: dict[str, Any] = {
    "name": "virustotal",
    "title": "VirusTotal",
    "page": "https://docs.virustotal.com/reference/overview",
    "terms": "The free key is for no commercial use.",
    "url": "https://www.virustotal.com/api/v3",
    "kinds": ["domain", "ipv4", "ipv6", "md5", "sha1", "sha256", "url"],
    "credentials": [{"name": "key", "title": "API key", "is_needed": True, "default": "", "values": []}],
    "options": [],
    "rates": [{"calls": 4, "seconds": 60}, {"calls": 500, "seconds": 86_400}],
    "tlp": "green",
    "keeps_s": 86_400,
    "is_metered": True,
    "is_named": False,
    "accounts": [_ACCOUNT],
}
_BODY: dict[str, Any] = {
    "provider": "virustotal",
    "name": "",
    "is_personal": False,
    "is_enabled": True,
    "credentials": {"key": "what VirusTotal gave us"},
    "options": {"relations": "no"},
    "tlp": "clear",
    "rates": [{"calls": 4, "seconds": 60}],
}
_WORD: dict[str, Any] = {"provider": "virustotal", "name": "", "is_personal": False}
_TEST: dict[str, Any] = {
    "is_good": False,
    "outcome": "unauthorised",
    "message": "VirusTotal says that the credential is not good (HTTP 401): check the account",
    "took_ms": 310,
}
ProviderName = Annotated[str, Field(min_length=1, max_length=40, pattern=NO_NUL)]
AccountName = Annotated[
    str, Field(max_length=28, pattern=NO_NUL, description="Only where a provider may have several accounts")
]
_Choice = Annotated[str, Field(max_length=8_192, pattern=NO_NUL)]
_Secret = Annotated[str, Field(max_length=4_096, pattern=NO_NUL)]


class RateItem(BaseModel):
    model_config = ConfigDict(extra="forbid")

    calls: int = Field(ge=1, le=10_000_000)
    seconds: int = Field(ge=1, le=32 * 86_400)


class ProviderFieldItem(BaseModel):
    name: str
    title: str
    is_needed: bool
    default: str
    values: list[str]


class AccountItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_ACCOUNT]})

    id: int
    provider: str
    name: str
    is_personal: bool
    is_enabled: bool
    credentials: list[str] = Field(description="Names of those that are set")
    options: dict[str, str]
    rates: list[RateItem]
    tlp: Tlp = Field(description="Values from above this level do not go out")
    state: Literal["off", "incomplete", "ready", "limited", "breaker", "unauthorised", "failing"]
    message: str
    until: datetime | None = Field(description="When it is asked again, where it is left alone")
    left: int | None = Field(description="Calls that the tightest limit leaves now")
    last_asked_at: datetime | None
    created_at: datetime
    changed_at: datetime


class ProviderItem(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [_PROVIDER]})

    name: str
    title: str
    page: str
    terms: str
    url: str
    kinds: list[str]
    credentials: list[ProviderFieldItem]
    options: list[ProviderFieldItem]
    rates: list[RateItem]
    tlp: Tlp
    keeps_s: int = Field(description="So long an answer is used again")
    is_metered: bool
    is_named: bool
    accounts: list[AccountItem] = Field(description="Those that you may use, your own first")


class ProviderList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_PROVIDER]}]})

    items: list[ProviderItem]


class AccountBody(BaseModel):
    """Options, level and limits become what is said here; of credentials those that are named, an empty one
    being taken away. Another address needs its credentials anew."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_BODY]})

    provider: ProviderName
    name: AccountName = ""
    is_personal: Annotated[StrictBool, Field(description="Your own account")] = False
    is_enabled: StrictBool = True
    credentials: Annotated[dict[str, _Secret], Field(max_length=10)] = {}
    options: Annotated[dict[str, _Choice], Field(max_length=50)] = {}
    tlp: Tlp | None = None
    rates: Annotated[list[RateItem], Field(max_length=8)] | None = None


class AccountWord(BaseModel):
    """Which account."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_WORD]})

    provider: ProviderName
    name: AccountName = ""
    is_personal: StrictBool = False


class TestItem(BaseModel):
    __test__ = False
    model_config = ConfigDict(json_schema_extra={"examples": [_TEST]})

    is_good: bool
    outcome: Literal["found", "absent", "refused", "limited", "unauthorised", "failed", "interrupted"]
    message: str
    took_ms: int


def provider_item(row: ProviderRow) -> ProviderItem:
    return ProviderItem(
        name=row.name,
        title=row.title,
        page=row.page,
        terms=row.terms,
        url=row.url,
        kinds=list(row.kinds),
        credentials=[_field(each) for each in row.credentials],
        options=[_field(each) for each in row.options],
        rates=_rates(row.rates),
        tlp=TLP_NAMES[row.tlp],
        keeps_s=row.keeps_s,
        is_metered=row.is_metered,
        is_named=row.is_named,
        accounts=[account_item(each) for each in row.accounts],
    )


def account_item(row: AccountRow) -> AccountItem:
    return AccountItem.model_validate(
        {
            "id": row.id,
            "provider": row.provider,
            "name": row.name,
            "is_personal": row.is_personal,
            "is_enabled": row.is_enabled,
            "credentials": list(row.credentials),
            "options": row.options,
            "rates": _rates(row.rates),
            "tlp": TLP_NAMES[row.tlp],
            "state": row.state,
            "message": row.message,
            "left": row.left,
        }
        | {
            name: instant(getattr(row, name))
            for name in ("until", "last_asked_at", "created_at", "changed_at")
        }
    )


def _field(row: FieldRow) -> ProviderFieldItem:
    return ProviderFieldItem(
        name=row.name,
        title=row.title,
        is_needed=row.is_needed,
        default=row.default,
        values=list(row.values),
    )


def _rates(rates: tuple[Rate, ...]) -> list[RateItem]:
    return [RateItem(calls=rate.calls, seconds=rate.seconds) for rate in rates]
