"""Which network an address belongs to and where it is registered, out of the file in this package.

The file is unpacked when the first address is asked about, which takes a fifth of a second; then an answer is
one binary search. It is made by `assets/networks.py`.
"""

from array import array
from bisect import bisect_right
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Final, NamedTuple

from stack.analysis.addresses import layout
from stack.core.addresses import Address

FILE: Final = Path(__file__).parent / "data" / "networks.bin"


class Announced(NamedTuple):
    """An autonomous system: `number` without "AS", its holder's `name`."""

    number: int
    name: str


class _Table(NamedTuple):
    """Ranges by where they begin; each has the number of a text, 0 for nothing known."""

    starts: "array[int]"
    values: "array[int]"

    def find(self, number: int) -> int:
        place = bisect_right(self.starts, number) - 1
        return self.values[place] if place >= 0 else 0


class Networks:
    """The unpacked file. `as_of` is the day of its data, `sources` whom to name with it."""

    def __init__(self, data: bytes) -> None:
        header, sections = layout.read_file(data)
        self.as_of = header.as_of
        self.sources = tuple(header.sources)
        self._tables = {
            (subject, version): _Table(
                layout.unpack_starts(sections[f"{subject}{version}.starts"], code=code),
                layout.unpack_numbers(sections[f"{subject}{version}.values"], code="I"),
            )
            for subject in ("country", "asn")
            for version, code in ((4, "I"), (6, "Q"))
        }
        self._countries = layout.unpack_texts(sections["countries"])
        self._systems = layout.unpack_texts(sections["systems"])

    def find_country(self, address: Address) -> str:
        """ISO 3166-1 alpha-2 of where the registry says that it is registered; empty where it is not."""
        return self._countries[self._find("country", address)]

    def find_system(self, address: Address) -> Announced | None:
        """Who announces it."""
        number, _, name = self._systems[self._find("asn", address)].partition(" ")
        return Announced(int(number), name) if number else None

    def _find(self, subject: str, address: IPv4Address | IPv6Address) -> int:
        number = int(address) if address.version == 4 else int(address) >> 64
        return self._tables[subject, address.version].find(number)


@cache
def open_networks() -> Networks:
    return Networks(FILE.read_bytes())
