"""Signed checkpoints: what the end of the log was, to be kept where whoever owns the database cannot write.

A file of them has a JSON object a line. Signed is `stack-audit-checkpoint-1`, the sequence, the hash and the
time, with a line feed between them (Ed25519).
"""

import base64
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from stack.audit.records import ChainFault, Checkpoint, FaultKind
from stack.core.errors import BadInput, StackError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PURPOSE = "audit-checkpoint"
_PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)


def signed_bytes(sequence: int, digest: str, at: int) -> bytes:
    return f"stack-audit-checkpoint-1\n{sequence}\n{digest}\n{at}".encode()


def write_line(checkpoint: Checkpoint) -> bytes:
    return msgspec.json.encode(checkpoint) + b"\n"


def read_checkpoints(path: Path) -> list[Checkpoint]:
    """All of a file, in its order; `BadInput` names the line that is none."""
    return [_read_line(line, f"{path}, line {number}") for number, line in _iterate_lines(path)]


def find_last_checkpoint(path: Path) -> Checkpoint | None:
    """The last of a file that this Stack signed; a line that was cut or made up is passed over."""
    if not path.exists():
        return None
    for number, line in reversed(list(_iterate_lines(path))):
        try:
            checkpoint = _read_line(line, f"{path}, line {number}")
        except BadInput:
            continue
        if is_signed_here(checkpoint):
            return checkpoint
    return None


def find_forged(
    checkpoints: Sequence[Checkpoint], *, public_keys: bytes | None = None
) -> tuple[list[Checkpoint], list[ChainFault]]:
    """The checkpoints whose signature holds, and a fault for each of the others.

    `public_keys` are PEM blocks that were exported before; without them the vault's own keys are asked.
    """
    trusted = None if public_keys is None else _load_keys(public_keys)
    good, forged = [], []
    for checkpoint in checkpoints:
        is_good = is_signed_here(checkpoint) if trusted is None else _is_signed_by(checkpoint, trusted)
        if is_good:
            good.append(checkpoint)
        else:
            text = f"the signature of the checkpoint of entry {checkpoint.sequence} is not valid"
            forged.append(ChainFault(checkpoint.sequence, FaultKind.FORGED, text))
    return good, forged


def is_signed_here(checkpoint: Checkpoint) -> bool:
    """Whether this Stack's vault signed it."""
    from stack.vault.operations import verify
    from stack.vault.signatures import parse_signature

    data = signed_bytes(checkpoint.sequence, checkpoint.hash, checkpoint.at)
    try:
        return verify(data, parse_signature(checkpoint.signature), purpose=PURPOSE)
    except StackError:
        return False


def _is_signed_by(checkpoint: Checkpoint, keys: Sequence["Ed25519PublicKey"]) -> bool:
    from cryptography.exceptions import InvalidSignature

    data = signed_bytes(checkpoint.sequence, checkpoint.hash, checkpoint.at)
    text = checkpoint.signature.rpartition(".")[2]
    try:
        value = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return False
    for key in keys:
        try:
            key.verify(value, data)
        except InvalidSignature:
            continue
        return True
    return False


def _load_keys(text: bytes) -> list["Ed25519PublicKey"]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        loaded = [load_pem_public_key(block) for block in _PEM.findall(text)]
    except ValueError as error:
        raise BadInput(f"The public key cannot be read: {error}", remedy=_EXPORT) from None
    keys = [key for key in loaded if isinstance(key, Ed25519PublicKey)]
    if not keys:
        raise BadInput("There is no Ed25519 public key in this file", remedy=_EXPORT)
    return keys


_EXPORT = "“stack audit checkpoint --public-key” writes it."


def _iterate_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}", remedy="Check the path.") from None
    return ((number, line) for number, line in enumerate(lines, 1) if line.strip())


def _read_line(line: bytes, place: str) -> Checkpoint:
    try:
        return msgspec.json.decode(line, type=Checkpoint)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadInput(
            f"{place}: this is no checkpoint: {error}", remedy="Give the file as it was written."
        ) from None
