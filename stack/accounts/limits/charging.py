"""What a request is charged to: a person's session, a key and its owner's keys, or the client's address."""

from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings

from stack.accounts.limits.counters import check, give_back, take
from stack.accounts.limits.policies import Cost, LimitSettings
from stack.accounts.principal import Principal
from stack.core.errors import TooMany
from stack.core.limits import Allowance, Policy

# A provider gives a customer at least this much, so that fewer bits would count one person many times over.
_IPV6_PREFIX = 64
_PREFIX_OF_KEYS = 16


def charge(principal: Principal, *, cost: Cost) -> Allowance | None:
    """Counts a request of the principal; None where requests are not limited. TooMany if it is one too many.

    A session counts apart from its user's keys, so that a program which runs wild leaves its owner the pages.
    """
    if not _limits().is_on or principal.user_id is None:
        return None
    if principal.key_id is None:
        return take(find_policy(cost), f"user-{principal.user_id}")
    allowance = take(find_policy(cost), f"key-{principal.key_id}")
    try:
        together = take(find_policy(f"{cost}-keys"), f"user-{principal.user_id}")
    except TooMany:
        give_back(find_policy(cost), f"key-{principal.key_id}")
        raise
    return min(allowance, together, key=lambda each: each.remaining)


def charge_address(address: str) -> None:
    """Counts any request from the address, whoever asks."""
    if _limits().is_on:
        take(find_policy("address"), find_block(address))


def charge_anonymous(address: str) -> Allowance | None:
    """Counts a request of nobody who is known."""
    return take(find_policy("anonymous"), find_block(address)) if _limits().is_on else None


def check_failed_keys(address: str, text: str) -> None:
    """TooMany where this key or token failed too often from the address, or too many of them did.

    One that has expired and is tried again and again hurts only itself: others work on from the same address.
    """
    # Nearly always nothing has failed from there, and then this very key has not either.
    if _limits().is_on and check(find_policy("failed-keys"), find_block(address)):
        check(find_policy("failed-key"), _name_key(address, text))


def note_failed_key(address: str, text: str) -> None:
    """Counts a key or token that is not valid."""
    if not _limits().is_on:
        return
    for name, subject in (("failed-key", _name_key(address, text)), ("failed-keys", find_block(address))):
        try:
            take(find_policy(name), subject)
        except TooMany:
            # It came beside others that used up what was left; the next one is told.
            continue


def find_policy(name: str) -> Policy:
    return _limits().policies[name]


@lru_cache(maxsize=4096)
def find_block(address: str) -> str:
    """What counts as one client, safe in a cache key: an IPv4 address, a /64 of IPv6, or `unknown`."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        return str(ip_network((int(found), _IPV6_PREFIX), strict=False).network_address)
    return str(found)


def _name_key(address: str, text: str) -> str:
    # The part of a key that is no secret; of anything else, what tells it apart.
    named = text[:_PREFIX_OF_KEYS] if text.startswith("stk_") else text
    return f"{find_block(address)}-{sha256(named.encode()).hexdigest()[:16]}"


def _limits() -> LimitSettings:
    limits: LimitSettings = settings.LIMITS
    return limits
