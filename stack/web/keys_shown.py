"""API keys as pages and files show them, and what is asked for a new one."""

from collections.abc import Collection, Sequence
from typing import Any, Final, TypedDict

from django.http import QueryDict

from stack.accounts.queries import KeyRow
from stack.accounts.roles import Permission
from stack.core.clock import now_us
from stack.stix.markings import TlpLevel
from stack.stix.timestamps import format_instant
from stack.web.answers import Sheet
from stack.web.forms import Choice, Entry, Form, choose, offer_levels, read_expiry, read_level, read_words
from stack.web.roles_shown import describe_permission, name_level, name_permissions

_COLUMNS: Final = (
    "id",
    "name",
    "prefix",
    "owner",
    "scopes",
    "tlp_ceiling",
    "networks",
    "created",
    "last_used",
    "last_used_from",
    "expires",
)
_LIVES: Final = (("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year"), ("", "Never"))


class AskedKey(TypedDict):
    """What `create_key` takes."""

    name: str
    expires_at: int | None
    scopes: list[str]
    networks: list[str]
    tlp_ceiling: int | None


def ask_for_key(permissions: Collection[Permission], ceiling: int) -> Form:
    """The form of a new key that may do at most `permissions` and see at most up to `ceiling`."""
    scopes = tuple(
        Choice(each.value, describe_permission(each).title) for each in Permission if each in permissions
    )
    everything = "Tick none for all that the role may, now and later."
    levels = offer_levels(ceiling, TlpLevel(ceiling).label)
    return Form(
        "key",
        (
            Entry("name", "Name", placeholder="laptop", is_required=True),
            Entry("tlp_ceiling", "It sees up to", kind="select", choices=levels),
            Entry("expires_at", "It expires", kind="select", choices=choose(_LIVES, "90")),
            Entry("scopes", "It may", kind="checks", choices=scopes, hint=everything),
            Entry(
                "networks",
                "Only from these networks",
                kind="textarea",
                placeholder="198.51.100.0/24",
                hint="One a line; none for anywhere.",
            ),
        ),
    )


def read_key(sent: QueryDict) -> AskedKey:
    """What was asked for. Raises `BadInput`."""
    return AskedKey(
        name=sent.get("name", ""),
        expires_at=read_expiry(sent, "expires_at"),
        scopes=sent.getlist("scopes"),
        networks=list(read_words(sent, "networks")),
        tlp_ceiling=int(read_level(sent)) if sent.get("tlp_ceiling") else None,
    )


def describe_keys(keys: Sequence[KeyRow]) -> list[dict[str, Any]]:
    """Rows of the table."""
    now = now_us()
    return [
        {
            "key": key,
            "scopes": name_permissions(key.scopes),
            "level": name_level(key.tlp_ceiling),
            "is_expired": key.expires_at is not None and key.expires_at <= now,
        }
        for key in keys
    ]


def write_keys(keys: Sequence[KeyRow]) -> Sheet:
    return Sheet(_COLUMNS, map(_write_key, keys), {"total": len(keys)})


def _write_key(key: KeyRow) -> tuple[Any, ...]:
    created, used, expires = (
        None if at is None else format_instant(at)
        for at in (key.created_at, key.last_used_at, key.expires_at)
    )
    return (
        key.id,
        key.name,
        key.prefix,
        key.owner,
        list(key.scopes),
        name_level(key.tlp_ceiling),
        list(key.networks),
        created,
        used,
        key.last_used_from,
        expires,
    )
