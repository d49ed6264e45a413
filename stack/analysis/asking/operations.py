"""Writes to accounts: set up, forget, and a test."""

import time
from collections.abc import Mapping, Sequence
from threading import Event
from typing import Any

from stack.accounts.principal import Permission, Principal
from stack.accounts.transactions import writing
from stack.analysis.asking import gates
from stack.analysis.asking.accounts import OpenAccount, open_for_use
from stack.analysis.asking.catalogue import get_plugin
from stack.analysis.asking.choosing import (
    check_credentials,
    check_name,
    check_rates,
    check_tlp,
    fill_choices,
    is_same_place,
)
from stack.analysis.asking.credentials import name_gate, open_credentials, seal_credentials
from stack.analysis.asking.models import ProviderAccount
from stack.analysis.asking.queries import describe_account
from stack.analysis.asking.records import AccountRow, TestResult
from stack.analysis.asking.testing import ask_test
from stack.analysis.base import ProviderPlugin, Rate
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import BadInput, FieldError, NotFound

KIND = "provider-account"


def save_account(
    principal: Principal,
    provider: str,
    *,
    name: str = "",
    credentials: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
    is_enabled: bool = True,
    is_personal: bool = False,
    tlp: int | None = None,
    rates: Sequence[Rate] | None = None,
) -> AccountRow:
    """Makes the account or changes it: options, level and limits become what is said here.

    Of `credentials` those that are named, an empty one being taken away; the others stay, unless another
    address is chosen. The organisation's account needs MANAGE_SOURCES, one's own ANALYZE. BadInput names each
    fault.
    """
    _require(principal, is_personal=is_personal)
    plugin = get_plugin(provider)
    said = dict(credentials or {})
    check_credentials(plugin, said)
    wanted = dict(options or {})
    choices = fill_choices(plugin, wanted)
    label = check_name(plugin, name)
    with writing():
        account = _find(principal, provider, label, is_personal=is_personal, lock=True)
        before = _describe(account) if account else {}
        account = account or _make(principal, plugin, label, is_personal=is_personal)
        kept = open_credentials(account) if is_same_place(account.options, wanted) else {}
        secrets = {each: text for each, text in (kept | said).items() if text}
        if is_enabled:
            check_credentials(plugin, secrets, is_whole=True)
        account.options = {each: text for each, text in wanted.items() if text.strip()}
        account.is_enabled, account.changed_at = is_enabled, now_us()
        account.tlp = check_tlp(plugin, tlp)
        account.rates = None if rates is None else check_rates(plugin, rates)
        account.last_outcome = account.last_message = ""
        account.credentials = seal_credentials(account, secrets)
        account.gate = name_gate(plugin.name, (choices.get("url") or plugin.url).rstrip("/"), secrets)
        account.save()
        gates.reopen_gate(account.gate)
        shown = {f"credential {each}": text for each, text in said.items() if text}
        _record("provider.set", principal, account, before, _describe(account) | shown, secrets=list(shown))
    return describe_account(account, gates.find_gates([account.gate]).get(account.gate))


def delete_account(principal: Principal, provider: str, *, name: str = "", is_personal: bool = False) -> None:
    """Forgets the account with its credentials and the answers that were kept for it."""
    _require(principal, is_personal=is_personal)
    with writing():
        account = _expect(principal, provider, name, is_personal=is_personal, lock=True)
        _record("provider.remove", principal, account, _describe(account), {})
        account.delete()


def test_account(  # no test of pytest's
    principal: Principal,
    provider: str,
    *,
    name: str = "",  # noqa: PT028
    is_personal: bool = False,  # noqa: PT028
) -> TestResult:
    """Asks the cheapest question that needs the credential, whether the account is on or not."""
    _require(principal, is_personal=is_personal)
    account = _expect(principal, provider, name, is_personal=is_personal)
    opened, begun = open_for_use(account), time.monotonic()
    outcome, message = ask_test(opened, stop=Event())
    result = TestResult(outcome == "found", outcome, message, round((time.monotonic() - begun) * 1000))
    _note_test(principal, account, opened, result)
    return result


test_account.__test__ = False  # type: ignore[attr-defined]


def _note_test(
    principal: Principal, account: ProviderAccount, opened: OpenAccount, result: TestResult
) -> None:
    with writing():
        ProviderAccount.objects.filter(pk=account.pk).update(
            last_outcome=result.outcome.value,
            last_message="" if result.is_good else result.message[:500],
            last_asked_at=now_us(),
        )
        after = {"provider": opened.show_name, "outcome": result.outcome.value}
        _record("provider.test", principal, account, {}, after)


def _require(principal: Principal, *, is_personal: bool) -> None:
    principal.require(Permission.ANALYZE if is_personal else Permission.MANAGE_SOURCES)
    if is_personal and principal.user_id is None:
        raise BadInput(
            "Only a user has an account of their own",
            errors=(FieldError("is_personal", "expected false: who asks is no user"),),
        )


def _find(
    principal: Principal, provider: str, name: str, *, is_personal: bool, lock: bool = False
) -> ProviderAccount | None:
    rows = ProviderAccount.objects.select_for_update() if lock else ProviderAccount.objects.all()
    rows = rows.filter(organisation_id=principal.organisation_id, provider=provider, name=name)
    if is_personal:
        return rows.filter(user_id=principal.user_id or 0).first()
    return rows.filter(user__isnull=True).first()


def _expect(
    principal: Principal, provider: str, name: str, *, is_personal: bool, lock: bool = False
) -> ProviderAccount:
    account = _find(principal, get_plugin(provider).name, name, is_personal=is_personal, lock=lock)
    if account is None:
        raise NotFound(
            f"There is no such account for {provider}", remedy="“stack provider list” shows those there are."
        )
    return account


def _make(
    principal: Principal, plugin: type[ProviderPlugin], name: str, *, is_personal: bool
) -> ProviderAccount:
    """A row with an id, as a sealed text is bound to it."""
    now = now_us()
    return ProviderAccount.objects.create(
        organisation_id=principal.organisation_id,
        user_id=principal.user_id if is_personal else None,
        provider=plugin.name,
        name=name,
        created_at=now,
        changed_at=now,
    )


def _describe(account: ProviderAccount) -> dict[str, Any]:
    return {
        "provider": account.provider,
        "name": account.name,
        "is_personal": account.user_id is not None,
        "is_enabled": account.is_enabled,
        "options": account.options,
        "tlp": account.tlp,
        "rates": account.rates,
    }


def _record(
    name: str,
    principal: Principal,
    account: ProviderAccount,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    secrets: Sequence[str] = (),
) -> None:
    record_act(
        Act(
            name,
            principal,
            object_kind=KIND,
            object_id=str(account.pk),
            before=before,
            after=after,
            secrets=frozenset(secrets),
        )
    )
