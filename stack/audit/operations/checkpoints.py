"""Writes checkpoints, and looks after the chain while the runner runs."""

import os
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from django.db import close_old_connections

from stack.audit.checkpoints import PURPOSE, find_last_checkpoint, signed_bytes, write_line
from stack.audit.models import AuditEntry
from stack.audit.records import ChainFault, Checkpoint
from stack.audit.verification import verify_chain
from stack.core.acts import Act, Actor, Result, record_act
from stack.core.clock import now_us

EVERY_S = 600.0
_MOST_NAMED = 5


def checkpoint_file() -> Path:
    return Path(settings.DATA) / "audit-checkpoints.jsonl"


def make_checkpoint() -> Checkpoint | None:
    """The end of the log as it is now, signed; None when nothing was recorded yet."""
    from stack.vault.operations import sign

    last = AuditEntry.objects.order_by("-sequence").values_list("sequence", "hash").first()
    if last is None:
        return None
    sequence, digest = last
    at = now_us()
    signature = sign(signed_bytes(sequence, digest, at), purpose=PURPOSE)
    return Checkpoint(sequence, digest, at, signature.key_id, str(signature))


def write_checkpoint(path: Path | None = None) -> Checkpoint | None:
    """Appends a checkpoint to `path`, by default in the data folder; it is on the disk afterwards."""
    checkpoint = make_checkpoint()
    if checkpoint is not None:
        _append(path or checkpoint_file(), write_line(checkpoint))
    return checkpoint


def record_checkpoint(actor: Actor, checkpoint: Checkpoint) -> None:
    """`audit.checkpoint`: somebody took one out."""
    record_act(
        Act(
            name="audit.checkpoint",
            actor=actor,
            object_kind="audit-entry",
            object_id=str(checkpoint.sequence),
            after={"hash": checkpoint.hash, "key": checkpoint.key},
        )
    )


def record_break(actor: Actor | None, faults: Sequence[ChainFault]) -> None:
    """`audit.break`, a security event: the log is not what it was."""
    record_act(
        Act(
            name="audit.break",
            actor=actor,
            object_kind="audit-entry",
            object_id=str(faults[0].sequence),
            after={"faults": len(faults), "first": [asdict(fault) for fault in faults[:_MOST_NAMED]]},
            result=Result.FAILED,
            is_security=True,
        )
    )


def keep_checkpoints(stop: threading.Event) -> None:
    """A loop of the runner: what is new since the last checkpoint is verified and gets the next one.

    A break is raised once while the process lives, and no checkpoint is made of a log that is broken.
    """
    known: list[ChainFault] = []
    while not stop.is_set():
        known = guard_chain(known)
        close_old_connections()
        stop.wait(EVERY_S)


def guard_chain(known: Sequence[ChainFault] = ()) -> list[ChainFault]:
    """One round of `keep_checkpoints`; returns the faults there are. Those in `known` were raised before."""
    path = checkpoint_file()
    last = find_last_checkpoint(path)
    faults = verify_chain(since=last)
    if faults:
        if {fault.sequence for fault in faults} - {fault.sequence for fault in known}:
            record_break(None, faults)
        return faults
    end = AuditEntry.objects.order_by("-sequence").values_list("sequence", flat=True).first()
    if end is not None and (last is None or end > last.sequence):
        write_checkpoint(path)
    return []


def _append(path: Path, line: bytes) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        # A line that a crash has cut must not spoil the next one.
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            line = b"\n" + line
        os.write(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
