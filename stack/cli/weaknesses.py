"""What is weak in a production that starts: settings that are allowed, and that hardly anybody means."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stack.core.addresses import Network

# A block as wide as this one is no list of proxies: everybody in it could write who they are.
_WIDEST_PREFIX: Final = {4: 8, 6: 32}
_HARDENING = "See docs/security/hardening.md."


@dataclass(frozen=True, slots=True)
class Weakness:
    detail: str
    remedy: str


def find_weaknesses() -> Iterator[Weakness]:
    """Of settings and of people. Needs Django's apps; changes nothing."""
    from django.conf import settings

    yield from find_weak_proxies(settings.TRUSTED_PROXIES)
    yield from _find_weak_settings(data=settings.DATA)
    yield from _find_unprotected_administrators()


def find_weak_proxies(networks: Sequence[Network]) -> Iterator[Weakness]:
    if not networks:
        yield Weakness(
            "no proxy is trusted: all clients count as one address in limits and in the audit log, and HSTS "
            "is not sent",
            "Set STACK_TRUSTED_PROXIES to the address of the proxy that ends TLS.",
        )
    for network in networks:
        if network.prefixlen < _WIDEST_PREFIX[network.version]:
            yield Weakness(
                f"STACK_TRUSTED_PROXIES holds {network}: whoever is in it can pretend to be any address",
                "Name the addresses of the proxies alone.",
            )


def _find_weak_settings(*, data: Path) -> Iterator[Weakness]:
    from django.conf import settings

    if settings.ACCESS_LOG == "off":
        yield Weakness("no access log is written", "Set STACK_ACCESS_LOG to stderr or to a file.")
    if logging.getLogger().getEffectiveLevel() <= logging.DEBUG:
        yield Weakness("the log level is DEBUG, which writes more than is good", "Unset STACK_LOG_LEVEL.")
    if settings.TOKEN_ISSUER == "stack":  # noqa: S105  (a name)
        yield Weakness(
            "access tokens name their issuer “stack”, as those of any other Stack do",
            "Set STACK_TOKEN_ISSUER to this server's address.",
        )
    for place in (settings.VAULT.current, settings.VAULT.new):
        if place is not None and place.path is not None and place.path.resolve().is_relative_to(data):
            yield Weakness(
                f"the vault's key file {place.path} lies beside the data that it seals, and in its backups",
                "Keep it elsewhere, and set STACK_VAULT_KEY_FILE.",
            )


def _find_unprotected_administrators() -> Iterator[Weakness]:
    from stack.accounts.models import Membership, Organisation, User
    from stack.accounts.roles import Permission, Role
    from stack.accounts.sign_in.mfa import has_second_factor

    roles = [role for role in Role if Permission.MANAGE_MEMBERS in role.permissions]
    held = Membership.objects.filter(role__in=roles)
    administrators = User.objects.filter(pk__in=held.values("user_id"), is_active=True)
    unprotected = sum(not has_second_factor(user) for user in administrators)
    if unprotected:
        yield Weakness(
            f"administrators without a second factor: {unprotected:,}",
            "They add one under /account/security; an organisation can demand it.",
        )
    demanding = Organisation.objects.filter(
        require_mfa_from__in=[role for role in Role if role.rank <= roles[0].rank]
    )
    lax = Organisation.objects.filter(pk__in=held.values("organisation_id")).exclude(
        pk__in=demanding.values("pk")
    )
    if lax.exists():
        yield Weakness(
            f"organisations that demand no second factor of their administrators: {lax.count():,}",
            f"Set it under /organisation. {_HARDENING}",
        )
