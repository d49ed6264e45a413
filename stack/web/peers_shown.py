"""Peers and their links as pages show them, and what is asked for one."""

from typing import Any, Final

from django.http import QueryDict

from stack.accounts.principal import Permission, Principal
from stack.sharing.collections.queries import list_collections
from stack.sources.taxii.drafts import PeerDraft
from stack.sources.taxii.protocol import RemoteCollection
from stack.sources.taxii.queries import Health, LinkRow, PeerRow
from stack.sources.taxii.records import Direction, Mode
from stack.web.formats import describe_duration
from stack.web.forms import Choice, Entry, Form, choose, offer_levels
from stack.web.roles_shown import name_level

HEALTH: Final = {
    Health.GOOD: ("good", "good", "check"),
    Health.NEW: ("not synchronised yet", "", "clock"),
    Health.LATE: ("late", "warn", "clock"),
    Health.FAILING: ("failing", "bad", "octagon-x"),
    Health.OFF: ("off", "", "minus"),
}
_MODES: Final = (
    (Mode.ORDINARY.value, "Another organisation: what it says is its own word"),
    (Mode.REPLICATING.value, "Another Stack of ours: it passes on what others said"),
)
_SECRETS: Final = ("password", "token", "key")


def describe_peer(row: PeerRow) -> dict[str, Any]:
    word, tone, icon = HEALTH[row.health]
    return {
        "row": row,
        "url": f"/sharing/peers/{row.id}",
        "health": word,
        "tone": tone,
        "icon": icon,
        "pulls": sum(link.direction is Direction.PULL for link in row.links),
        "pushes": sum(link.direction is Direction.PUSH for link in row.links),
        "last_success": max((link.last_success_at or 0 for link in row.links), default=0) or None,
        "moved": sum(link.moved for link in row.links),
        "refused": sum(link.refused for link in row.links),
    }


def describe_links(principal: Principal, row: PeerRow) -> list[dict[str, Any]]:
    titles = {each.id: each.title for each in list_collections(principal)}
    return [_describe_link(link, titles) for link in row.links]


def ask_for_peer(row: PeerRow | None = None) -> Form:
    """The form of a peer. Secrets are asked for and never shown."""
    kept = "One is kept, sealed. Leave it empty to keep it." if row and row.has_secrets else ""
    mode = row.mode.value if row else Mode.ORDINARY.value
    return Form(
        f"peer-{row.id}" if row else "peer",
        (
            Entry(
                "name", "Name", value=row.name if row else "", is_required=True, placeholder="Northern CERT"
            ),
            Entry(
                "url",
                "Address of its API root",
                value=row.url if row else "",
                is_required=True,
                placeholder="https://taxii.example/api/",
            ),
            Entry("mode", "It is", kind="select", choices=choose(_MODES, mode)),
            Entry("user", "User", value=row.user if row else ""),
            Entry("password", "Password", kind="password", hint=kept),
            Entry("token", "Or a bearer token", kind="password", hint=kept),
            Entry("ca", "Certificate authority", kind="textarea", hint="PEM; empty: the usual ones"),
            Entry("certificate", "Own certificate", kind="textarea", hint="PEM, where it asks for one"),
            Entry("key", "Its key", kind="textarea", hint="PEM; sealed, and never shown"),
        ),
    )


def read_peer(sent: QueryDict) -> PeerDraft:
    return PeerDraft(
        name=sent.get("name", ""),
        url=sent.get("url", "").strip(),
        mode=_read_mode(sent),
        user=sent.get("user", "").strip(),
        ca=sent.get("ca", "").strip(),
        certificate=sent.get("certificate", "").strip(),
        password=sent.get("password", ""),
        token=sent.get("token", "").strip(),
        key=sent.get("key", "").strip(),
    )


def read_changes(sent: QueryDict) -> dict[str, Any]:
    """What a change sets: PEM texts and secrets that were left empty stay."""
    changes: dict[str, Any] = {"mode": _read_mode(sent)}
    changes |= {name: sent.get(name, "").strip() for name in ("name", "url", "user")}
    for name in ("ca", "certificate", *_SECRETS):
        if text := sent.get(name, "").strip():
            changes[name] = text
    return changes


def offer_links(principal: Principal, found: list[RemoteCollection]) -> dict[str, Any]:
    """The collections of the peer, and those of ours that may be pushed to them."""
    may_push = Permission.MANAGE_SHARING in principal.permissions
    own = [each for each in list_collections(principal) if each.can_read] if may_push else []
    return {
        "remote": found,
        "own": [Choice(str(each.id), each.title) for each in own],
        "levels": offer_levels(principal.tlp_ceiling, "green"),
    }


def _describe_link(link: LinkRow, titles: dict[int, str]) -> dict[str, Any]:
    word, tone, icon = HEALTH[link.health]
    is_pull = link.direction is Direction.PULL
    return {
        "link": link,
        "is_pull": is_pull,
        "health": word,
        "tone": tone,
        "icon": icon,
        "title": link.title or link.collection,
        "every": describe_duration(link.every_s),
        "own": "" if is_pull else titles.get(link.selection_id, "a collection that is gone"),
        "level": "" if is_pull else name_level(link.tlp_ceiling),
        "source_url": f"/search?source={link.source_id}" if is_pull else "",
    }


def _read_mode(sent: QueryDict) -> Mode:
    return Mode.REPLICATING if sent.get("mode") == Mode.REPLICATING.value else Mode.ORDINARY
