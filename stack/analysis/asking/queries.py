"""Reads: what there is to ask, with which accounts, and what would be asked of whom."""

from collections.abc import Mapping, Sequence

from stack.accounts.principal import Permission, Principal
from stack.analysis.asking.accounts import (
    OpenAccount,
    find_ceiling,
    list_own_accounts,
    open_for_use,
    read_rates,
    why_not_told,
)
from stack.analysis.asking.catalogue import get_plugin
from stack.analysis.asking.composing import show_request
from stack.analysis.asking.credentials import open_credentials
from stack.analysis.asking.gates import GateView, find_gates, view_gate
from stack.analysis.asking.models import Gate, ProviderAccount
from stack.analysis.asking.records import AccountRow, FieldRow, PlannedAsk, ProviderRow, SentRequest
from stack.analysis.base import ProviderPlugin
from stack.analysis.registry import list_provider_plugins
from stack.analysis.subjects import SUBJECT_KINDS, Subject
from stack.core.clock import now_us
from stack.core.errors import BadInput
from stack.stix.markings import parse_tlp
from stack.stix.observables.kinds import Kind

_SECOND = 1_000_000


def plan_asking(
    principal: Principal, subject: Subject, *, names: Sequence[str] | None = None
) -> list[PlannedAsk]:
    """Every provider that takes the subject, whether it would be asked, and what it would be sent first.

    `names` are those of providers; that of one with several accounts means all of them, or
    `provider:account` one. Nothing is sent.
    """
    principal.require(Permission.ANALYZE)
    accounts = list_own_accounts(principal)
    found = find_gates(account.gate for account in accounts)
    planned: list[PlannedAsk | None] = []
    for name, plugin in list_provider_plugins().items():
        if names is not None and not any(each.partition(":")[0] == name for each in names):
            continue
        own = [account for account in accounts if account.provider == name]
        if own:
            planned += [_plan(each, subject, found) for each in _choose(own)]
        elif _takes(plugin.kinds, subject):
            message = f"There is no account for {plugin.title}"
            planned.append(_refuse(plugin, name, why="no-account", message=message))
    chosen = [each for each in planned if each is not None]
    if names is None:
        return chosen
    return [each for each in chosen if {each.provider, each.provider.partition(":")[0]} & set(names)]


def list_accounts(principal: Principal) -> list[AccountRow]:
    """Those that the principal may use, their own before their organisation's."""
    principal.require(Permission.ANALYZE)
    accounts = [
        account for account in list_own_accounts(principal) if account.provider in list_provider_plugins()
    ]
    found = find_gates(account.gate for account in accounts)
    return [describe_account(account, found.get(account.gate)) for account in accounts]


def list_providers(principal: Principal) -> list[ProviderRow]:
    """All there are, by their title, each with its accounts."""
    rows = list_accounts(principal)
    found = [
        _describe_provider(plugin, tuple(row for row in rows if row.provider == name))
        for name, plugin in list_provider_plugins().items()
    ]
    return sorted(found, key=lambda row: row.title.casefold())


def get_provider(principal: Principal, name: str) -> ProviderRow:
    plugin = get_plugin(name)
    return _describe_provider(plugin, tuple(row for row in list_accounts(principal) if row.provider == name))


def describe_account(account: ProviderAccount, gate: Gate | None) -> AccountRow:
    plugin, now = get_plugin(account.provider), now_us()
    rates = read_rates(account.rates, plugin)
    view = view_gate(gate, plugin.title, rates, now=now)
    state, message, until = _judge(account, view)
    return AccountRow(
        id=account.pk,
        provider=account.provider,
        name=account.name,
        is_personal=account.user_id is not None,
        is_enabled=account.is_enabled,
        credentials=tuple(sorted(open_credentials(account))),
        options=account.options,
        rates=rates,
        tlp=find_ceiling(account.tlp, plugin),
        state=state,
        message=message,
        until=until,
        left=view.left,
        last_asked_at=account.last_asked_at,
        created_at=account.created_at,
        changed_at=account.changed_at,
    )


def _choose(accounts: list[ProviderAccount]) -> list[ProviderAccount]:
    """Of each name one: the first that is on, which is the user's own where there are two."""
    chosen: dict[str, ProviderAccount] = {}
    for account in accounts:
        before = chosen.get(account.name)
        if before is None or (account.is_enabled and not before.is_enabled):
            chosen[account.name] = account
    return list(chosen.values())


def _takes(kinds: frozenset[str], subject: Subject) -> bool:
    return subject.kind in kinds or (subject.is_file and Kind.SHA256.value in kinds)


def _plan(account: ProviderAccount, subject: Subject, found: Mapping[str, Gate]) -> PlannedAsk | None:
    """None for an account whose provider does not take such a subject."""
    plugin = get_plugin(account.provider)
    name = f"{account.provider}:{account.name}" if account.name else account.provider
    try:
        opened = open_for_use(account)
    except BadInput as error:
        if not _takes(plugin.kinds, subject):
            return None
        return _refuse(plugin, name, why="off", message=error.detail, account_id=account.pk)
    if not _takes(opened.plugin.takes(), subject):
        return None
    if not account.is_enabled:
        message = f"The account for {opened.title} is off"
        return _refuse(plugin, name, why="off", message=message, account_id=account.pk, title=opened.title)
    return _plan_open(opened, opened.adapt(subject), found.get(account.gate))


def _plan_open(account: OpenAccount, subject: Subject, gate: Gate | None) -> PlannedAsk:
    plugin, now = account.plugin, now_us()
    sends = _preview(account, subject)
    view = view_gate(gate, account.title, account.rates, now=now)
    why, message = "", ""
    if problem := why_not_told(account, subject):
        why, message = "tlp", problem
    elif view.shut is not None and (
        view.shut.reason == "breaker" or view.shut.until - now > plugin.wall_s * _SECOND
    ):
        why, message = view.shut.reason, view.shut.message
    return PlannedAsk(
        provider=account.show_name,
        title=account.title,
        account_id=account.id,
        is_possible=not why,
        why_not=why,
        message=message,
        sends=sends,
        is_metered=plugin.is_metered,
        left=view.left,
    )


def _preview(account: OpenAccount, subject: Subject) -> tuple[SentRequest, ...]:
    """What goes out first; a plug-in that stumbles over the value is asked all the same, and says so then."""
    asking = account.plugin.ask(subject)
    try:
        return (show_request(account.plugin, account.address, next(asking)),)
    except Exception:
        return ()
    finally:
        asking.close()


def _refuse(
    plugin: type[ProviderPlugin],
    name: str,
    *,
    why: str,
    message: str,
    account_id: int | None = None,
    title: str = "",
) -> PlannedAsk:
    return PlannedAsk(
        provider=name,
        title=title or plugin.title,
        account_id=account_id,
        is_possible=False,
        why_not=why,
        message=message,
        is_metered=plugin.is_metered,
    )


def _judge(account: ProviderAccount, view: GateView) -> tuple[str, str, int | None]:
    if not account.is_enabled:
        return "off", "", None
    try:
        open_for_use(account)
    except BadInput as error:
        return "incomplete", error.detail, None
    if account.last_outcome == "unauthorised":
        return "unauthorised", account.last_message, None
    if view.shut is not None:
        state = "breaker" if view.shut.reason == "breaker" else "limited"
        return state, view.shut.message, view.shut.until
    if account.last_outcome == "failed":
        return "failing", account.last_message, None
    return "ready", "", None


def _describe_provider(plugin: type[ProviderPlugin], accounts: tuple[AccountRow, ...]) -> ProviderRow:
    return ProviderRow(
        name=plugin.name,
        title=plugin.title,
        page=plugin.page,
        terms=plugin.terms,
        url=plugin.url,
        kinds=tuple(sorted(plugin.kinds & SUBJECT_KINDS)),
        credentials=tuple(FieldRow(each.name, each.title, each.is_needed) for each in plugin.credentials),
        options=tuple(
            FieldRow(each.name, each.title, each.is_needed, each.default, each.values)
            for each in plugin.options
        ),
        rates=tuple(plugin.rates),
        tlp=parse_tlp(plugin.tlp),
        keeps_s=plugin.keeps_s,
        is_metered=plugin.is_metered,
        is_named=plugin.is_named,
        accounts=accounts,
    )
