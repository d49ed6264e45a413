"""What a program for Windows carries: resources, what stands behind its end, and its version texts."""

from collections.abc import Iterator
from typing import Any, Final

from stack.analysis.answers import MODEST, SLIGHT
from stack.analysis.files import media
from stack.analysis.files.base import Part, Report
from stack.analysis.files.hashing import measure_entropy
from stack.analysis.files.signatures import find_signature

_MOST_RESOURCES: Final = 2_000
_DEEPEST: Final = 8
_LEAST_CHILD: Final = 64
_DENSE: Final = 7.6
_MANY_BYTES: Final = 200_000
# Names of the types of resources (winuser.h).
_TYPES: Final = {
    1: "cursor",
    2: "bitmap",
    3: "icon",
    4: "menu",
    5: "dialog",
    6: "string table",
    7: "fonts",
    8: "font",
    9: "accelerators",
    10: "data",
    11: "messages",
    12: "cursor group",
    14: "icon group",
    16: "version",
    23: "HTML",
    24: "manifest",
}
_SHOWN: Final = frozenset(
    (
        "CompanyName",
        "FileDescription",
        "FileVersion",
        "InternalName",
        "LegalCopyright",
        "OriginalFilename",
        "ProductName",
        "ProductVersion",
        "Comments",
    )
)
_CARRIED: Final = frozenset(
    {media.PE, media.ELF, media.MACHO, media.CAB, media.SEVEN_ZIP, media.RAR, media.LNK, media.PDF}
)


def read_resources(binary: Any, report: Report) -> None:
    """Counts them by type; programs and archives among them are read as parts of their own."""
    root = binary.resources
    if root is None:
        return
    counts: dict[str, int] = {}
    for kind, name, content in _walk(root):
        counts[kind] = counts.get(kind, 0) + 1
        _look_at(f"resource {kind} {name}", content, report)
    shown = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    report.fact("Resources", shown or "none", section="Resources")


def _walk(root: Any) -> Iterator[tuple[str, str, memoryview]]:
    """(type, name, content) of each resource; trees that turn back on themselves end by depth and count."""
    waiting = [(child, _name_type(child), "", 1) for child in root.childs]
    for _ in range(_MOST_RESOURCES):
        if not waiting:
            return
        node, kind, name, depth = waiting.pop()
        if node.is_data:
            yield kind, name, memoryview(bytes(node.content))
        elif depth < _DEEPEST:
            for child in node.childs:
                own = _text(child.name) if child.has_name else str(child.id)
                waiting.append((child, kind, name or own, depth + 1))


def _name_type(node: Any) -> str:
    return _text(node.name) if node.has_name else _TYPES.get(node.id, f"type {node.id}")


def _look_at(name: str, content: memoryview, report: Report) -> None:
    found = find_signature(content) if len(content) >= _LEAST_CHILD else ""
    if found in _CARRIED or bytes(content[:4]) == b"PK\x03\x04":
        report.child(bytes(content), name=name)
        if found in media.EXECUTABLES:
            report.note(
                "pe.carries-program",
                f"It carries a program in its resources ({name}, {len(content):,} bytes), as installers and "
                "droppers do.",
                weight=SLIGHT,
            )
    elif len(content) >= _MANY_BYTES and (entropy := measure_entropy(content)) >= _DENSE and not found:
        report.note(
            "pe.dense-resource",
            f"The {name} ({len(content):,} bytes) has {entropy:.2f} of 8 bits per byte and no known format: "
            "it may be encrypted.",
            weight=SLIGHT,
        )


def read_overlay(binary: Any, part: Part, report: Report) -> None:
    """What stands behind the last section, without the table of signatures."""
    begin, end = int(binary.overlay_offset), len(part.data)
    directory = binary.cert_dir
    if directory is not None and directory.rva and directory.size:
        if directory.rva <= begin:
            begin = max(begin, directory.rva + directory.size)
        else:
            end = min(end, directory.rva)
    if not 0 < begin < end or not bytes(part.data[begin : begin + 4096]).strip(b"\0"):
        return
    overlay = part.data[begin:end]
    entropy = measure_entropy(overlay)
    report.fact("Behind its end", f"{len(overlay):,} bytes, {entropy:.2f} bits per byte", section="Overlay")
    found = find_signature(overlay)
    if found in _CARRIED or bytes(overlay[:4]) == b"PK\x03\x04":
        report.child(bytes(overlay), name="overlay")
        if found in media.EXECUTABLES:
            report.note(
                "pe.appended-program",
                f"Another program ({len(overlay):,} bytes) is appended behind its end.",
                weight=MODEST,
            )


def read_version(binary: Any, report: Report) -> dict[str, str]:
    """The texts of its version resource, as it states them."""
    manager = binary.resources_manager
    if not hasattr(manager, "version"):
        return {}
    found: dict[str, str] = {}
    for version in list(manager.version)[:4]:
        info = version.string_file_info
        for table in list(info.children)[:8] if info is not None else ():
            for entry in list(table.entries)[:64]:
                found.setdefault(_text(entry.key), _text(entry.value))
    for name, value in found.items():
        if name in _SHOWN and value.strip():
            report.fact(name, value.strip(), section="Version (as it states)")
    if manager.has_manifest and "requireAdministrator" in _text(manager.manifest):
        report.fact("Asks for", "the rights of an administrator", section="Version (as it states)")
    return found


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
