"""What was chosen for a provider, held against what its plug-in takes."""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from stack.analysis.base import ProviderPlugin, Rate
from stack.core.errors import BadInput, FieldError
from stack.core.plugin_options import fill_options, find_credential_faults, find_option_faults
from stack.stix.markings import TlpLevel, parse_tlp

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,27}")
_LONGEST_CREDENTIAL: Final = 4096
_MOST_RATES: Final = 8
_LONGEST_S: Final = 32 * 86_400


def fill_choices(plugin: type[ProviderPlugin], choices: Mapping[str, str]) -> dict[str, str]:
    """Every option with its default where nothing was chosen. BadInput names each fault at once."""
    faults = list(find_option_faults(plugin.title, plugin.options, choices))
    filled = fill_options(plugin.options, choices)
    if not faults and filled.get("url"):
        faults += _check_url(filled["url"])
    if not faults:
        faults = [FieldError(f"options.{fault.field}", fault.message) for fault in plugin.check(filled)]
    _refuse(plugin, faults)
    return filled


def check_credentials(
    plugin: type[ProviderPlugin], credentials: Mapping[str, str], *, is_whole: bool = False
) -> None:
    """BadInput for a credential that the provider does not take, or (`is_whole`) one that is missing."""
    faults = list(find_credential_faults(plugin.title, plugin.credentials, credentials, is_whole=is_whole))
    faults += [
        FieldError(f"credentials.{name}", "expected one line of printable characters")
        for name, text in credentials.items()
        if not text.isprintable() or len(text) > _LONGEST_CREDENTIAL
    ]
    _refuse(plugin, faults)


def check_name(plugin: type[ProviderPlugin], name: str) -> str:
    """The name of an account: needed where a provider may have several, else empty."""
    if not plugin.is_named:
        if name:
            _refuse(plugin, [FieldError("name", f"{plugin.title} has one account, without a name")])
        return ""
    if not _NAME.fullmatch(name):
        expected = "expected 1 to 28 lower-case letters, digits and hyphens, such as “our-list”"
        _refuse(plugin, [FieldError("name", expected)])
    return name


def check_rates(plugin: type[ProviderPlugin], rates: Sequence[Rate]) -> list[list[int]]:
    """As they are kept: calls and seconds."""
    if len(rates) > _MOST_RATES or any(
        not 0 < each.calls <= 10_000_000 or not 0 < each.seconds <= _LONGEST_S for each in rates
    ):
        expected = "expected up to 8 limits, each of at least one call in 1 second to 32 days"
        _refuse(plugin, [FieldError("rates", expected)])
    return [[each.calls, each.seconds] for each in rates]


def check_tlp(plugin: type[ProviderPlugin], tlp: int | None) -> int | None:
    """BadInput for a level above what the provider may be told at all."""
    highest = parse_tlp(plugin.tlp)
    if tlp is not None and not TlpLevel.CLEAR <= tlp <= highest:
        expected = f"expected clear to {highest.label}: {plugin.title} may be told no more"
        _refuse(plugin, [FieldError("tlp", expected)])
    return tlp


def is_same_place(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """Whether both ask one server; empty stands for the provider's own address."""
    first, second = urlsplit(before.get("url", "")), urlsplit(after.get("url", ""))
    return (first.scheme, first.netloc) == (second.scheme, second.netloc)


def _check_url(url: str) -> list[FieldError]:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query
    except ValueError:
        is_good = False
    if is_good and "@" not in parts.netloc and not parts.fragment:
        return []
    expected = "expected an address such as https://misp.example, without user, password, “?” and “#”"
    return [FieldError("options.url", expected)]


def _refuse(plugin: type[ProviderPlugin], faults: Sequence[FieldError]) -> None:
    if faults:
        raise BadInput(
            "; ".join(f"{fault.field}: {fault.message}" for fault in faults),
            remedy=f"“stack provider show {plugin.name}” shows what it takes (docs/providers.md).",
            errors=tuple(faults),
        )
