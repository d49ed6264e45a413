"""Samples leave only inside an encrypted zip, so that no viewer or scanner on the way opens one."""

import tempfile
from collections.abc import Iterator
from typing import IO, BinaryIO, Final

from stack.accounts.principal import Permission, Principal
from stack.accounts.transactions import writing
from stack.analysis.queries import expect_analysis
from stack.analysis.records import SampleArchive
from stack.core.acts import Act, record_act
from stack.core.errors import NotFound
from stack.store.artifacts.queries import open_artifact

PASSWORD: Final = b"infected"
"""What analysts everywhere agree on; it keeps samples from being opened, not secret."""

_CHUNK: Final = 262_144
_SPOOL_BYTES: Final = 8 * 1024 * 1024


def open_sample(principal: Principal, uid: str) -> SampleArchive:
    """The file of an analysis as an encrypted zip; the act is recorded. NotFound where there is none."""
    principal.require(Permission.ANALYZE)
    row = expect_analysis(principal, uid)
    if not row.artifact:
        raise NotFound("This analysis has no file", remedy="Only analyses of files that were handed in have.")
    file = open_artifact(row.artifact)
    with writing():
        record_act(
            Act(
                "analysis.sample",
                principal,
                object_kind="analysis",
                object_id=str(row.uid),
                after={"sha256": row.value},
            )
        )
    return SampleArchive(row.name or "file", row.value, row.size, _write_archive(file, row.value))


def _write_archive(file: BinaryIO, name: str) -> Iterator[bytes]:
    """Nothing but ciphertext touches the disk. The sample is called by its SHA-256: its name may lie."""
    import pyzipper

    with file, tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as spool:
        with pyzipper.AESZipFile(
            spool, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES, allowZip64=True
        ) as archive:
            archive.setpassword(PASSWORD)
            with archive.open(name, "w", force_zip64=True) as member:
                for chunk in _read_pieces(file):
                    member.write(chunk)
        spool.seek(0)
        yield from _read_pieces(spool)


def _read_pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_CHUNK):
        yield piece
