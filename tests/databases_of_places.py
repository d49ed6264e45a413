"""Writes small databases in MaxMind's format, as its specification of version 2.0 lays them out."""

import struct
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

_MARKER = b"\xab\xcd\xefMaxMind.com"
_UINT16, _UINT32, _UINT64 = 5, 6, 9


def write_places(path: Path, entries: Mapping[str, dict[str, Any]], *, kind: str) -> Path:
    """A database of IPv6, with IPv4 under ::/96 as readers expect; networks must not overlap."""
    nodes: list[list[int | None]] = [[None, None]]
    leaves: dict[tuple[int, int], dict[str, Any]] = {}
    for text, entry in entries.items():
        network = ip_network(text)
        bits = f"{int(network.network_address):0{network.max_prefixlen}b}"[: network.prefixlen]
        bits = bits if network.version == 6 else "0" * 96 + bits
        node = 0
        for bit in map(int, bits[:-1]):
            found = nodes[node][bit]
            if found is None:
                found = nodes[node][bit] = len(nodes)
                nodes.append([None, None])
            node = found
        leaves[node, int(bits[-1])] = entry
    data, places = b"", {}
    for place, entry in leaves.items():
        places[place] = len(data)
        data += encode(entry)
    tree = b"".join(
        (
            len(nodes) + 16 + places[number, bit]
            if (number, bit) in places
            else (len(nodes) if node[bit] is None else node[bit] or 0)
        ).to_bytes(4, "big")
        for number, node in enumerate(nodes)
        for bit in (0, 1)
    )
    metadata = {
        "node_count": len(nodes),
        "record_size": (_UINT16, 32),
        "ip_version": (_UINT16, 6),
        "database_type": kind,
        "binary_format_major_version": (_UINT16, 2),
        "binary_format_minor_version": (_UINT16, 0),
        "build_epoch": (_UINT64, 1_769_904_000),
        "languages": ["en"],
        "description": {"en": "A test"},
    }
    path.write_bytes(tree + bytes(16) + data + _MARKER + encode(metadata))
    return path


def encode(value: Any) -> bytes:
    if isinstance(value, dict):
        return _head(7, len(value)) + b"".join(encode(key) + encode(each) for key, each in value.items())
    if isinstance(value, list):
        return _head(11, len(value)) + b"".join(map(encode, value))
    if isinstance(value, str):
        raw = value.encode()
        return _head(2, len(raw)) + raw
    if isinstance(value, float):
        return _head(3, 8) + struct.pack(">d", value)
    kind, number = value if isinstance(value, tuple) else (_UINT32, value)
    raw = int(number).to_bytes((number.bit_length() + 7) // 8, "big")
    return _head(kind, len(raw)) + raw


def _head(kind: int, size: int) -> bytes:
    """Kinds above 7 are written in a second byte; sizes of 29 and more in a byte behind those."""
    written = min(size, 29)
    first = bytes([kind << 5 | written] if kind <= 7 else [written, kind - 7])
    return first + (bytes([size - 29]) if written == 29 else b"")
