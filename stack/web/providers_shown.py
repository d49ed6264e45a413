"""Providers and the accounts for them as pages show them, and what is asked for an account."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, TypedDict

from django.http import QueryDict

from stack.accounts.principal import Permission, Principal
from stack.analysis.asking.records import AccountRow, FieldRow, ProviderRow
from stack.analysis.base import DAY_S, HOUR_S, MINUTE_S, Rate
from stack.core.errors import BadInput, FieldError, StackError
from stack.stix.markings import TlpLevel
from stack.web.analyses_shown import name_kind
from stack.web.formats import count_things, describe_duration
from stack.web.forms import Choice, Entry, Form, choose, read_level

STATES: Final = {
    "off": ("off", "", "minus"),
    "incomplete": ("incomplete", "warn", "key"),
    "ready": ("ready", "good", "check"),
    "limited": ("limited", "warn", "clock"),
    "breaker": ("left alone for now", "warn", "clock"),
    "unauthorised": ("credential refused", "bad", "key"),
    "failing": ("failing", "bad", "octagon-x"),
}
_NONE: Final = ("no account", "", "circle-dashed")
_OPTION: Final = "options-"
_CREDENTIAL: Final = "credentials-"
_UNITS: Final = {"minute": MINUTE_S, "hour": HOUR_S, "day": DAY_S, "month": 30 * DAY_S}


class AskedAccount(TypedDict):
    """What `save_account` takes."""

    name: str
    credentials: Mapping[str, str]
    options: Mapping[str, str]
    is_enabled: bool
    is_personal: bool
    tlp: int | None
    rates: list[Rate] | None


def describe_provider(row: ProviderRow) -> dict[str, Any]:
    """A provider of the list, by its best account: one's own before the organisation's, on before off."""
    best = min(row.accounts, key=lambda each: (not each.is_enabled, not each.is_personal), default=None)
    state, tone, icon = STATES.get(best.state, _NONE) if best else _NONE
    return {
        "row": row,
        "url": f"/providers/{row.name}",
        "kinds": ", ".join(name_kind(kind) for kind in row.kinds),
        "state": state,
        "tone": tone,
        "icon": icon,
        "message": best.message if best else "",
        "left": best.left if best else None,
        "last_asked_at": best.last_asked_at if best else None,
        "tlp": TlpLevel(best.tlp if best else row.tlp).label,
        "needs": ", ".join(each.title for each in row.credentials if each.is_needed),
        "rates": write_rates(row.rates),
        "keeps": _describe_keeping(row.keeps_s),
    }


def describe_account(row: AccountRow) -> dict[str, Any]:
    state, tone, icon = STATES.get(row.state, _NONE)
    return {
        "account": row,
        "state": state,
        "tone": tone,
        "icon": icon,
        "tlp": TlpLevel(row.tlp).label,
        "rates": write_rates(row.rates),
    }


def ask_for_account(provider: ProviderRow, row: AccountRow | None, *, is_personal: bool) -> Form:
    """The form of an account. Credentials are asked for and never shown; new accounts are on when saved."""
    key = f"{'own' if is_personal else 'org'}{f'-{row.id}' if row else ''}"
    known = row.credentials if row else ()
    chosen = row.options if row else {}
    level = TlpLevel(row.tlp if row else provider.tlp).label
    switch = (Choice("1", "Analyses ask it", is_chosen=row.is_enabled if row else True),)
    name = (Entry("name", "Name", value=row.name if row else "", hint="Tells several accounts apart."),)
    return Form(
        key,
        (
            *(name if provider.is_named and row is None else ()),
            *(_ask_for_credential(each, is_set=each.name in known) for each in provider.credentials),
            *(_ask_for_option(each, chosen.get(each.name, "")) for each in provider.options),
            Entry(
                "tlp",
                "Nothing above",
                kind="select",
                choices=choose([(each.label, f"TLP:{each.label.upper()}") for each in TlpLevel], level),
                hint="Values that are known from a higher level never go there.",
            ),
            Entry(
                "rates",
                "Limits of your plan",
                value=write_rates(row.rates) if row and row.rates != provider.rates else "",
                hint=f"Empty: {write_rates(provider.rates) or 'none'}",
                placeholder="4 a minute, 500 a day",
            ),
            Entry("is_enabled", "In use", kind="checks", choices=switch),
        ),
    )


def read_account(provider: ProviderRow, sent: QueryDict) -> AskedAccount:
    """What was asked for; a credential that was left empty stays as it is."""
    return AskedAccount(
        name=sent.get("name", "").strip(),
        credentials={
            each.name: text
            for each in provider.credentials
            if (text := sent.get(f"{_CREDENTIAL}{each.name}", "").strip())
        },
        options={each.name: sent.get(f"{_OPTION}{each.name}", "").strip() for each in provider.options},
        is_enabled=bool(sent.get("is_enabled")),
        is_personal=sent.get("scope") != "organisation",
        tlp=int(read_level(sent, "tlp")),
        rates=read_rates(sent.get("rates", "")),
    )


def place_faults(error: StackError) -> StackError:
    """The same error, its faults named as the entries of the form are."""
    faults = tuple(replace(each, field=each.field.replace(".", "-", 1)) for each in error.errors)
    return type(error)(error.detail, remedy=error.remedy, errors=faults)


def may_change(principal: Principal, *, is_personal: bool) -> bool:
    needed = Permission.ANALYZE if is_personal else Permission.MANAGE_SOURCES
    return needed in principal.permissions


def write_rates(rates: tuple[Rate, ...]) -> str:
    """`4 a minute, 500 a day`."""
    names = {seconds: name for name, seconds in _UNITS.items()}
    return ", ".join(
        f"{each.calls:,} a {names[each.seconds]}"
        if each.seconds in names
        else f"{each.calls:,} in {each.seconds:,} s"
        for each in rates
    )


def read_rates(text: str) -> list[Rate] | None:
    """Of `4 a minute, 500 a day`; None where nothing was written."""
    # A comma parts limits, and the thousands of a number: `1,000 a day`.
    words = [part.split() for part in text.replace(", ", "\n").splitlines() if part.strip()]
    return [_read_rate(each) for each in words] or None


def _read_rate(words: list[str]) -> Rate:
    number = words[0].replace(",", "") if words else ""
    if number.isascii() and number.isdecimal() and len(number) < 10:
        match words[1:]:
            case ["a" | "per" | "an", unit] if unit in _UNITS:
                return Rate(int(number), _UNITS[unit])
            case ["in", seconds, "s"] if (bare := seconds.replace(",", "")).isdecimal() and len(bare) < 10:
                return Rate(int(number), int(bare))
    message = f"expected limits such as “4 a minute, 500 a day”, got “{' '.join(words)[:40]}”"
    raise BadInput(f"rates: {message}", errors=(FieldError("rates", message),))


def _describe_keeping(seconds: int) -> str:
    days, rest = divmod(seconds, DAY_S)
    return describe_duration(seconds) if rest or not days else count_things(days, "day")


def _ask_for_option(option: FieldRow, value: str) -> Entry:
    name = f"{_OPTION}{option.name}"
    if option.values:
        choices = choose([(each, each) for each in option.values], value or option.default)
        return Entry(name, option.title, kind="select", choices=choices)
    hint = f"Empty: {option.default}" if option.default else ""
    return Entry(name, option.title, value=value, hint=hint, is_required=option.is_needed)


def _ask_for_credential(credential: FieldRow, *, is_set: bool) -> Entry:
    hint = "Set; leave empty to keep it" if is_set else ("" if credential.is_needed else "May be left out")
    return Entry(f"{_CREDENTIAL}{credential.name}", credential.title, kind="password", hint=hint)
