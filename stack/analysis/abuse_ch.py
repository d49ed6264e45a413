"""What the services of abuse.ch have in common: one key for all, and a status in each answer."""

from typing import Final

import msgspec

from stack.analysis.base import MalformedAnswer, NotLetIn, ProviderReply
from stack.analysis.making import clean_text
from stack.core.plugin_options import Credential, Place

KEY: Final = Credential("auth-key", "Auth-Key of your abuse.ch account", Place.HEADER, "Auth-Key")
TERMS: Final = "CC0 and free of charge with an account; heavy commercial use needs an agreement."

_NOTHING = frozenset(
    {"no_results", "no_result", "hash_not_found", "not_found", "illegal_hash", "invalid_url", "invalid_host"}
)
_NOT_LET_IN = frozenset({"unknown_auth_key", "no_auth_key", "user_blacklisted", "invalid_auth_key"})


class _Status(msgspec.Struct):
    query_status: str


def is_found(reply: ProviderReply) -> bool:
    """Whether the answer holds something. Raises `NotLetIn` where it says that the key is not good, and
    `MalformedAnswer` for a status that is not known."""
    status = reply.read(_Status).query_status
    if status == "ok":
        return True
    if status in _NOTHING:
        return False
    if status in _NOT_LET_IN:
        raise NotLetIn(f"abuse.ch says {status}: check the Auth-Key")
    raise MalformedAnswer(f"abuse.ch says {clean_text(status, most=80)}")
