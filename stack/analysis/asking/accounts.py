"""An account opened for use: its plug-in, address, credentials, limits, and what may be told to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stack.accounts.principal import Principal
from stack.analysis.asking.catalogue import find_address, set_up, show_name
from stack.analysis.asking.choosing import check_credentials
from stack.analysis.asking.credentials import open_credentials
from stack.analysis.asking.models import ProviderAccount
from stack.analysis.base import ProviderPlugin, Rate
from stack.analysis.subjects import Subject
from stack.core.errors import NotFound
from stack.stix.markings import TlpLevel, parse_tlp
from stack.stix.observables.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccount:
    """`tlp` is the highest level that may go out: that of the provider, or a lower one of the account."""

    id: int
    plugin: ProviderPlugin
    show_name: str
    title: str
    address: str
    gate: str
    rates: tuple[Rate, ...]
    tlp: TlpLevel
    credentials: Mapping[str, str] = field(repr=False)
    last_outcome: str = ""
    last_message: str = ""
    last_asked_at: int | None = None

    def adapt(self, subject: Subject) -> Subject:
        """The subject as this provider takes it: a file by its SHA-256, unless it takes files."""
        if subject.is_file and subject.kind not in self.plugin.takes():
            return Subject(Kind.SHA256.value, subject.value, subject.tlp, subject.name, subject.size)
        return subject


def list_own_accounts(principal: Principal) -> list[ProviderAccount]:
    """Those that the principal may use: their own before their organisation's."""
    found = ProviderAccount.objects.filter(organisation_id=principal.organisation_id)
    if principal.user_id is None:
        return list(found.filter(user__isnull=True).order_by("provider", "name"))
    mine = [
        account
        for account in found.order_by("provider", "name", "id")
        if account.user_id in (None, principal.user_id)
    ]
    return sorted(mine, key=lambda account: (account.provider, account.name, account.user_id is None))


def open_account(principal: Principal, account_id: int | None) -> OpenAccount:
    """NotFound for an account that is off, another organisation's or another user's."""
    account = next(
        (each for each in list_own_accounts(principal) if each.pk == account_id and each.is_enabled), None
    )
    if account is None:
        raise NotFound("The account is not there any more, or is off", remedy="Look at the providers.")
    return open_for_use(account)


def open_for_use(account: ProviderAccount) -> OpenAccount:
    """BadInput where it lacks something."""
    plugin, credentials = set_up(account), open_credentials(account)
    check_credentials(type(plugin), credentials, is_whole=True)
    return OpenAccount(
        id=account.pk,
        plugin=plugin,
        show_name=show_name(account),
        title=f"{plugin.title} ({account.name})" if account.name else plugin.title,
        address=find_address(plugin),
        gate=account.gate,
        rates=read_rates(account.rates, type(plugin)),
        tlp=find_ceiling(account.tlp, type(plugin)),
        credentials=credentials,
        last_outcome=account.last_outcome,
        last_message=account.last_message,
        last_asked_at=account.last_asked_at,
    )


def read_rates(kept: Sequence[Sequence[int]] | None, plugin: type[ProviderPlugin]) -> tuple[Rate, ...]:
    if kept is None:
        return tuple(plugin.rates)
    return tuple(Rate(calls, seconds) for calls, seconds in kept)


def find_ceiling(chosen: int | None, plugin: type[ProviderPlugin]) -> TlpLevel:
    own = parse_tlp(plugin.tlp)
    return own if chosen is None else min(own, TlpLevel(chosen))


def why_not_told(account: OpenAccount, subject: Subject) -> str:
    """Why the subject does not go to this provider; empty where it may."""
    if subject.tlp > account.tlp:
        level = TlpLevel(min(subject.tlp, TlpLevel.RED)).label.upper()
        return (
            f"{account.title} is not told: the value is known from TLP:{level}, "
            f"and the account sends at most TLP:{account.tlp.label.upper()}"
        )
    if subject.kind not in account.plugin.takes():
        return f"{account.title} is not asked about values of the kind {subject.kind}"
    return ""
