"""Writes of the audit log: the recorder of acts, refusals, reads of restricted data, checkpoints."""

from stack.audit.operations.checkpoints import (
    checkpoint_file,
    keep_checkpoints,
    make_checkpoint,
    record_break,
    record_checkpoint,
    write_checkpoint,
)
from stack.audit.operations.reads import record_export, record_restricted_read
from stack.audit.operations.recording import append_entry
from stack.audit.operations.refusals import record_refusal, record_refused_request

__all__ = [
    "append_entry",
    "checkpoint_file",
    "keep_checkpoints",
    "make_checkpoint",
    "record_break",
    "record_checkpoint",
    "record_export",
    "record_refusal",
    "record_refused_request",
    "record_restricted_read",
    "write_checkpoint",
]
