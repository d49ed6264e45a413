"""Writes of peers; `linking` has those of their links, `scheduling` queues their runs."""

from collections.abc import Mapping
from typing import Any

import msgspec

from stack.accounts.principal import Permission, Principal
from stack.accounts.transactions import writing
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import BadInput, Conflict, NotFound
from stack.sources.taxii.client import check_url
from stack.sources.taxii.drafts import PeerDraft, check_draft
from stack.sources.taxii.models import Link, Peer, RefusedPush, SentEnvelope
from stack.sources.taxii.queries import PeerRow, describe_peer
from stack.sources.taxii.records import Mode
from stack.sources.taxii.secrets import Secrets, open_secrets, seal_secrets


def add_peer(principal: Principal, draft: PeerDraft) -> PeerRow:
    """BadInput names every faulty field at once; Conflict for a name that there is."""
    principal.require(Permission.MANAGE_SOURCES)
    check_draft(draft)
    peer = Peer(organisation_id=principal.organisation_id, created_at=now_us())
    _fill(peer, draft)
    with writing():
        _save(peer)
        peer.secrets = seal_secrets(peer, _secrets_of(draft))
        peer.save(update_fields=["secrets"])
        record_change("peer.create", principal, peer.pk, after=_describe(peer))
    return describe_peer(peer)


def change_peer(principal: Principal, peer_id: int, changes: Mapping[str, Any]) -> PeerRow:
    """Fields of `PeerDraft` by name; what is not named stays, also the secrets."""
    principal.require(Permission.MANAGE_SOURCES)
    with writing():
        peer = lock_peer(principal, peer_id)
        before = _describe(peer)
        kept = open_secrets(peer)
        is_elsewhere = "url" in changes and check_url(str(changes["url"])) != peer.url
        if is_elsewhere and kept != Secrets() and not {"password", "token", "key"} & changes.keys():
            raise BadInput(
                "Another address needs its credentials anew",
                remedy="Give password, token or key again: the old ones are for the old address.",
            )
        current = {
            name: getattr(peer, name)
            for name in ("name", "url", "version", "user", "ca", "certificate", "verify", "is_enabled")
        }
        secrets = {} if is_elsewhere else msgspec.structs.asdict(kept)
        draft = PeerDraft(**(current | {"mode": Mode(peer.mode)} | secrets | dict(changes)))
        check_draft(draft)
        _fill(peer, draft)
        peer.secrets = seal_secrets(peer, _secrets_of(draft))
        _save(peer)
        record_change("peer.change", principal, peer.pk, before=before, after=_describe(peer))
    return describe_peer(peer)


def remove_peer(principal: Principal, peer_id: int) -> None:
    """Also its links. What was pulled stays in the store, under its sources."""
    principal.require(Permission.MANAGE_SOURCES)
    with writing():
        peer = lock_peer(principal, peer_id)
        for model in (SentEnvelope, RefusedPush):
            model.objects.filter(link__peer=peer).delete()
        Link.objects.filter(peer=peer).delete()
        said = _describe(peer)
        Peer.objects.filter(pk=peer.pk).delete()
        record_change("peer.remove", principal, peer_id, before=said)


def lock_peer(principal: Principal, peer_id: int) -> Peer:
    """NotFound for one of another organisation, as for one that never was."""
    peers = Peer.objects.select_for_update(of=("self",))
    peer = peers.filter(pk=peer_id, organisation_id=principal.organisation_id).first()
    if peer is None:
        raise NotFound(f"There is no peer {peer_id}", remedy="List the peers to find its number.")
    return peer


def record_change(
    name: str,
    principal: Principal,
    row: int,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """`name` is `peer.…` or `peer-link.…`, which is also the kind of the row."""
    kind = name.partition(".")[0]
    record_act(
        Act(name, principal, object_kind=kind, object_id=str(row), before=before or {}, after=after or {})
    )


def _fill(peer: Peer, draft: PeerDraft) -> None:
    peer.name, peer.url, peer.version = draft.name.strip(), check_url(draft.url), draft.version
    peer.mode, peer.user, peer.verify = draft.mode.value, draft.user, draft.verify
    peer.ca, peer.certificate, peer.is_enabled = draft.ca, draft.certificate, draft.is_enabled


def _secrets_of(draft: PeerDraft) -> Secrets:
    return Secrets(password=draft.password, token=draft.token, key=draft.key)


def _save(peer: Peer) -> None:
    same = Peer.objects.filter(organisation_id=peer.organisation_id, name=peer.name).exclude(pk=peer.pk)
    if same.exists():
        raise Conflict(f"There is a peer “{peer.name}” already", remedy="Choose another name.")
    peer.save()


def _describe(peer: Peer) -> dict[str, Any]:
    """For the audit log: no secret, and no PEM."""
    return {
        "name": peer.name,
        "url": peer.url,
        "version": peer.version,
        "mode": str(peer.mode),
        "user": peer.user,
        "verify": peer.verify,
        "is_enabled": peer.is_enabled,
        "has_secrets": bool(peer.secrets),
    }
