"""Credentials of feeds: one sealed JSON object for each feed, which opens in its own row and nowhere else."""

from collections.abc import Mapping

import orjson

from stack.sources.feeds.models import Feed
from stack.vault.operations import open_sealed, seal

_FIELD = "credentials"


def seal_credentials(feed: Feed, credentials: Mapping[str, str]) -> str:
    """The text for the column; empty for no credentials. The feed has its row id already."""
    kept = {name: text for name, text in credentials.items() if text}
    if not kept:
        return ""
    return seal(orjson.dumps(kept), table=Feed._meta.db_table, row=str(feed.pk), field=_FIELD)


def open_credentials(feed: Feed) -> dict[str, str]:
    if not feed.credentials:
        return {}
    text = open_sealed(feed.credentials, table=Feed._meta.db_table, row=str(feed.pk), field=_FIELD)
    found: dict[str, str] = orjson.loads(text)
    return found
