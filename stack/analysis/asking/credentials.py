"""Credentials of accounts: one sealed JSON object for each, which opens in its own row and nowhere else."""

from collections.abc import Mapping

import orjson

from stack.analysis.asking.models import ProviderAccount
from stack.vault.operations import keyed_hash, open_sealed, seal

_FIELD = "credentials"


def seal_credentials(account: ProviderAccount, credentials: Mapping[str, str]) -> str:
    """The text for the column; empty for no credentials. The account has its row id already."""
    kept = {name: text for name, text in credentials.items() if text}
    if not kept:
        return ""
    return seal(orjson.dumps(kept), table=ProviderAccount._meta.db_table, row=str(account.pk), field=_FIELD)


def open_credentials(account: ProviderAccount) -> dict[str, str]:
    if not account.credentials:
        return {}
    text = open_sealed(
        account.credentials, table=ProviderAccount._meta.db_table, row=str(account.pk), field=_FIELD
    )
    found: dict[str, str] = orjson.loads(text)
    return found


def name_gate(provider: str, url: str, credentials: Mapping[str, str]) -> str:
    """The key of the gate that everybody with these credentials shares; it tells nothing of them."""
    kept = sorted((name, text) for name, text in credentials.items() if text)
    return keyed_hash(orjson.dumps([provider, url, kept]).decode(), purpose="provider gate")
