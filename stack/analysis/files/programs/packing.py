"""Whether the code of a program is packed: sections named by packers, and entropy.

Weights: free packers have many honest users; what protects against analysis costs money and serves games,
licences and malware alike; a packer of nobody's is the strongest.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from stack.analysis.answers import MODEST, SLIGHT
from stack.analysis.files.base import Report

_PACKERS: Final = {
    "UPX": ("upx0", "upx1", "upx2", "upx!", ".upx"),
    "ASPack": (".aspack", ".adata", "aspack"),
    "FSG": (".fsg",),
    "MEW": ("mew",),
    "MPRESS": (".mpress1", ".mpress2"),
    "NsPack": (".nsp0", ".nsp1", ".nsp2", "nsp0", "nsp1"),
    "PECompact": ("pec1", "pec2", "pecompact2", ".pec"),
    "Petite": (".petite", "petite"),
    "kkrunchy": ("kkrunchy",),
}
_PROTECTORS: Final = {
    "Themida": (".themida", "themida", ".winlice", "winlicen"),
    "VMProtect": (".vmp0", ".vmp1", ".vmp2", "vmp0", "vmp1"),
    "Enigma": (".enigma1", ".enigma2"),
    "Obsidium": (".obsidium",),
    "ASProtect": (".asprotect",),
    "Armadillo": (".armadillo",),
    "ConfuserEx": ("confuser",),
    "Yoda's protector": (".yp", "yp", ".y0da"),
}
# Of machine code it is 5 to 6.7, of compressed or encrypted bytes above 7.8 (Lyda, Hamrock 2007: 6.8 packed).
_PACKED_ENTROPY: Final = 7.3
_LEAST_BYTES: Final = 4_096
_FEW_CALLS: Final = 12


class SectionShape(msgspec.Struct, frozen=True):
    """A section or segment: sizes in bytes, entropy in bits per byte."""

    name: str
    size: int
    memory_size: int
    entropy: float
    is_executable: bool
    is_writable: bool = False


def note_packing(sections: Sequence[SectionShape], *, calls: int | None, report: Report) -> None:
    """`calls` is how many functions are imported; None where that says nothing (static programs, .NET)."""
    names = {section.name.lower().rstrip("\0 ") for section in sections}
    for table, what, weight in ((_PACKERS, "packer", SLIGHT), (_PROTECTORS, "protector", MODEST)):
        for packer, marks in table.items():
            if found := names & set(marks):
                report.note(
                    f"packing.{what}",
                    f"A section is named as the {what} {packer} names it ({sorted(found)[0]}).",
                    weight=weight,
                    group="packing",
                )
    _note_entropy(sections, calls, report)


def _note_entropy(sections: Sequence[SectionShape], calls: int | None, report: Report) -> None:
    dense = [
        section
        for section in sections
        if section.is_executable and section.entropy >= _PACKED_ENTROPY and section.size >= _LEAST_BYTES
    ]
    if not dense:
        return
    few = calls is not None and calls <= _FEW_CALLS
    section = max(dense, key=lambda each: each.size)
    beside = f", and only {calls} functions are imported" if few else ""
    report.note(
        "packing.dense-code",
        f"The executable section {section.name or 'without a name'} ({section.size:,} bytes) has "
        f"{section.entropy:.2f} of 8 bits per byte, as packed or encrypted code has{beside}.",
        weight=MODEST * 1.5 if few else MODEST,
        group="packing",
    )
