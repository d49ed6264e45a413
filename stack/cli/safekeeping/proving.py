"""Proves an installation whole before it takes the place of another. Works on the database of the moment."""

from pathlib import Path

from stack.audit.checkpoints import find_forged, read_checkpoints
from stack.audit.verification import count_entries, verify_chain
from stack.cli.safekeeping.archive import CheckedArchive
from stack.cli.safekeeping.manifest import PURPOSE
from stack.core.errors import BadInput, Conflict, StackError

_TAMPERED = "The archive was altered after it was made: use another copy of it, or another backup."


def prove_vault() -> int:
    """Opens every data key; gives back how many there are. `VaultLocked` without the right key."""
    from stack.vault.models import DataKey
    from stack.vault.ring import check_mark, forget_keys, open_key, read_mark

    forget_keys()
    mark = read_mark()
    if mark is None:
        return 0
    check_mark(mark)
    ids = list(DataKey.objects.values_list("pk", flat=True))
    for key_id in ids:
        open_key(key_id)
    return len(ids)


def prove_signature(archive: CheckedArchive) -> None:
    """The archive is what the installation's own vault signed: nobody without its key can have made it."""
    from stack.vault.operations import verify
    from stack.vault.signatures import parse_signature

    if not archive.manifest.key_encryption_id:
        return
    if archive.signature is None:
        raise BadInput(f"{archive.path}: its signature is missing", remedy=_TAMPERED)
    try:
        is_good = verify(archive.signed, parse_signature(archive.signature.signature), purpose=PURPOSE)
    except StackError:
        is_good = False
    if not is_good:
        raise BadInput(f"{archive.path}: the signature of its manifest is not valid", remedy=_TAMPERED)


def prove_audit_log(checkpoints: Path, *, accept_broken: bool) -> int:
    """The chain is whole and agrees with the checkpoints; gives back the number of entries."""
    known, forged = find_forged(read_checkpoints(checkpoints)) if checkpoints.exists() else ([], [])
    faults = [*forged, *verify_chain(checkpoints=known)]
    if faults and not accept_broken:
        raise Conflict(
            f"The audit log is not whole: {faults[0].detail}",
            remedy="It was so when the backup was made; --accept-broken-log restores it all the same.",
        )
    return count_entries()


def prove_artifacts() -> list[str]:
    """Reads each stored file that a job may need to its end; gives back those that do not open."""
    from stack.store.artifacts.models import Artifact
    from stack.store.artifacts.queries import open_artifact

    needed = Artifact.objects.filter(size__isnull=False).exclude(sealed_key="").exclude(job=None)
    broken = []
    for name in needed.exclude(job__state="done").order_by("pk").values_list("pk", flat=True):
        try:
            with open_artifact(name) as file:
                while file.read(1_048_576):
                    pass
        except (StackError, OSError):
            broken.append(name)
    return broken
