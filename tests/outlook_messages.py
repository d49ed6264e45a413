"""Outlook messages made by hand for tests: compound files (MS-CFB) with the properties of MS-OXMSG."""

import struct
from typing import TypeAlias

Tree: TypeAlias = dict[str, "bytes | Tree"]

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
# Smaller streams would need a second allocation table.
_SMALLEST = 4096


def make_message(properties: dict[str, str], *, attachments: tuple[tuple[str, bytes], ...] = ()) -> bytes:
    """A message with text properties by their ids ("0037" is the subject), and attached files."""
    return make_compound(message_tree(properties, attachments=attachments))


def message_tree(
    properties: dict[str, str],
    *,
    attachments: tuple[tuple[str, bytes], ...] = (),
    binary: dict[str, bytes] | None = None,
    embedded: Tree | None = None,
) -> Tree:
    tree: Tree = {f"__substg1.0_{name}001F": text.encode("utf-16-le") for name, text in properties.items()}
    tree |= {f"__substg1.0_{name}0102": data for name, data in (binary or {}).items()}
    for number, (name, data) in enumerate(attachments):
        tree[f"__attach_version1.0_#{number:08X}"] = {
            "__substg1.0_3707001F": name.encode("utf-16-le"),
            "__substg1.0_37010102": data,
        }
    if embedded is not None:
        tree["__attach_version1.0_#000000FF"] = {"__substg1.0_3701000D": embedded}
    return tree


def make_compound(tree: Tree) -> bytes:
    entries: list[tuple[str, int, bytes, list[int]]] = []
    _add(entries, "Root Entry", tree, kind=5)
    directory_sectors = -(-len(entries) // 4)
    starts, chains, data = [], [], b""
    at = directory_sectors
    for _, kind, stream, _ in entries:
        if kind != 2:
            starts.append(0)
            continue
        count = -(-len(stream) // _SECTOR)
        starts.append(at)
        chains.append((at, count))
        data += stream.ljust(count * _SECTOR, b"\0")
        at += count
    directory = b"".join(
        _write_entry(entry, start, entries) for entry, start in zip(entries, starts, strict=True)
    ).ljust(directory_sectors * _SECTOR, b"\0")
    fat_sectors = -(-(at + 8) // 127)
    fat = [_FREE] * (fat_sectors * 128)
    for start, count in [(0, directory_sectors), *chains]:
        for sector in range(start, start + count):
            fat[sector] = sector + 1 if sector < start + count - 1 else _END
    for sector in range(at, at + fat_sectors):
        fat[sector] = _FAT
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(24, b"\0") + struct.pack(
        "<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, fat_sectors, 0, 0, _SMALLEST, _END, 0, _END, 0, at
    )
    rest = [at + number for number in range(1, fat_sectors)]
    header += struct.pack("<108I", *(rest + [_FREE] * (108 - len(rest))))
    return header.ljust(_SECTOR, b"\0") + directory + data + struct.pack(f"<{len(fat)}I", *fat)


def _add(
    entries: list[tuple[str, int, bytes, list[int]]], name: str, content: "bytes | Tree", kind: int
) -> int:
    number = len(entries)
    children: list[int] = []
    if isinstance(content, bytes):
        padding = b" " if name.endswith("0102") and b"\0" not in content else b"\0"
        entries.append((name, 2, content.ljust(_SMALLEST, padding), children))
    else:
        entries.append((name, kind, b"", children))
        children += [_add(entries, child, inner, 1) for child, inner in content.items()]
    return number


def _write_entry(
    entry: tuple[str, int, bytes, list[int]], start: int, entries: list[tuple[str, int, bytes, list[int]]]
) -> bytes:
    name, kind, stream, children = entry
    number = entries.index(entry)
    # Siblings hang on each other to the right: a tree that leans.
    sibling = next(
        (
            each[3][place + 1]
            for each in entries
            for place, child in enumerate(each[3][:-1])
            if child == number
        ),
        _FREE,
    )
    child = children[0] if children else _FREE
    encoded = name.encode("utf-16-le")
    return (
        encoded.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(encoded) + 2, kind, 1, _FREE, sibling, child)
        + bytes(36)
        + struct.pack("<IQ", start if kind == 2 else _END, len(stream))
    )
