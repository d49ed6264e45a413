"""Writes of the audit log: the recorder of acts, refusals, reads of restricted data, checkpoints."""

from stack.audit.operations.reads import record_export, record_restricted_read
from stack.audit.operations.recording import append_entry
from stack.audit.operations.refusals import record_refusal

__all__ = ["append_entry", "record_export", "record_refusal", "record_restricted_read"]
