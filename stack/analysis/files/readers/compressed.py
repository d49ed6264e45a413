"""One compressed stream: gzip, bzip2, xz, Zstandard. What is in it is often a TAR archive."""

from stack.analysis.answers import MODEST, SLIGHT
from stack.analysis.files import media
from stack.analysis.files.base import FileReader, Part, Report
from stack.analysis.files.formats.members import MOST_MEMBER
from stack.analysis.files.formats.packing import Damaged, unpack_stream

_KINDS = {media.GZIP: "gzip", media.BZIP2: "bzip2", media.XZ: "xz", media.ZSTD: "zstd"}
_ENDINGS = {".tgz": ".tar", ".tbz2": ".tar", ".txz": ".tar", ".gz": "", ".bz2": "", ".xz": "", ".zst": ""}
# Text and zeros shrink a thousandfold at most with DEFLATE; what does is made to.
_BOMB_RATIO = 500


class Reader(FileReader):
    name = "compressed"
    title = "Compressed stream"
    types = frozenset(_KINDS)

    @staticmethod
    def read(part: Part, report: Report) -> None:
        kind, most = _KINDS[part.type], min(MOST_MEMBER, report.room())
        try:
            data, is_whole = unpack_stream(part.data, kind=kind, most=most)
        except Damaged as error:
            report.note(
                "compressed.damaged", f"The {kind} stream cannot be unpacked: {error}.", weight=SLIGHT
            )
            return
        report.fact("Size unpacked", len(data), section="Archive")
        if len(data) >= most and len(data) > len(part.data) * _BOMB_RATIO:
            report.note(
                "archive.bomb",
                f"{len(part.data):,} bytes unpack to more than {len(data):,}.",
                weight=MODEST,
                group="bomb",
            )
        elif not is_whole:
            report.remark(f"Only the first {len(data):,} bytes of the {kind} stream are read.")
        report.child(data, name=_name_inner(part.name))


def _name_inner(name: str) -> str:
    for ending, instead in _ENDINGS.items():
        if name.lower().endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)] + instead
    return name + ".unpacked"
