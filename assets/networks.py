"""Builds the bundled file of networks out of two npm packages of the project ip-location-db.

    python -m assets.networks FOLDER     (a folder in which `npm pack` has put both packages)

The countries are those of the registries' own statistics (asn-country): where a network is registered. The
package with finer places (geo-whois-asn-country) was left out, as it puts some networks where they are not,
such as 2001:200::/32 in Australia.
"""

import argparse
import csv
import hashlib
import io
import sys
import tarfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from stack.analysis.addresses import layout
from stack.analysis.addresses.bundled import FILE

VERSION: Final = "2.3.2026061719"
AS_OF: Final = "2026-06-17"
COUNTRIES: Final = (
    "ip-location-db-asn-country",
    "f1ba738e7a4c3f5b5fd1ccef47576ad797625a9d8efd5f2fb06a3abef3db3b91",
)
SYSTEMS: Final = (
    "ip-location-db-asn",
    "b9425daf2f011c28f8586685d4f89166e77627e2c15fd93c6262c3e2dead6153",
)
SOURCES: Final = ["Route Views", "DB-IP", "NRO"]
_LOW: Final = (1 << 64) - 1

Row = tuple[int, int, str]


class BuildError(Exception):
    """A package that cannot be used, with the reason."""


def open_package(folder: Path, package: tuple[str, str]) -> tarfile.TarFile:
    name, digest = package
    content = (folder / f"{name}-{VERSION}.tgz").read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise BuildError(f"{name} is not the published version {VERSION}")
    return tarfile.open(fileobj=io.BytesIO(content))


def read_rows(package: tarfile.TarFile, name: str) -> Iterator[list[str]]:
    member = package.extractfile(f"package/{name}")
    if member is None:
        raise BuildError(f"there is no {name}")
    yield from csv.reader(io.TextIOWrapper(member, encoding="utf-8", newline=""))


def shorten_ipv6(rows: Iterable[Row]) -> Iterator[Row]:
    """By their upper 64 bits; the few networks that are smaller than that are left out."""
    for first, last, text in rows:
        if not first & _LOW and not (last + 1) & _LOW:
            yield first >> 64, last >> 64, text


def pack_table(rows: Iterable[Row], numbers: dict[str, int], *, code: str) -> tuple[bytes, bytes]:
    """Neighbours of one value become one range, and a gap a range of nothing."""
    starts: list[int] = []
    values: list[int] = []

    def begin(start: int, value: int) -> None:
        if not values or values[-1] != value:
            starts.append(start)
            values.append(value)

    expected = 0
    for first, last, text in rows:
        if first > expected:
            begin(expected, 0)
        # A few ranges overlap by a row; what comes first holds.
        if last >= expected:
            begin(max(first, expected), numbers.setdefault(text, len(numbers)))
            expected = last + 1
    if expected < 1 << 8 * array(code).itemsize:
        begin(expected, 0)
    return layout.pack_starts(starts, code=code), layout.pack_numbers(values, code="I")


def build_file(folder: Path) -> bytes:
    sections: dict[str, bytes] = {}
    texts: dict[str, dict[str, int]] = {"country": {"": 0}, "asn": {"": 0}}
    for subject, package in (("country", COUNTRIES), ("asn", SYSTEMS)):
        with open_package(folder, package) as opened:
            prefix = package[0].removeprefix("ip-location-db-")
            for version, code in ((4, "I"), (6, "Q")):
                rows: Iterable[Row] = (
                    (int(row[0]), int(row[1]), " ".join(" ".join(row[2:]).split()))
                    for row in read_rows(opened, f"{prefix}-ipv{version}-num.csv")
                )
                rows = rows if version == 4 else shorten_ipv6(rows)
                starts, values = pack_table(rows, texts[subject], code=code)
                sections |= {f"{subject}{version}.starts": starts, f"{subject}{version}.values": values}
    sections["countries"] = layout.pack_texts(list(texts["country"]))
    sections["systems"] = layout.pack_texts(list(texts["asn"]))
    lengths = {name: len(section) for name, section in sections.items()}
    header = layout.Header(as_of=AS_OF, sources=SOURCES, sections=lengths)
    return layout.write_file(header, sections.values())


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="assets.networks", description="Build the file of networks.")
    parser.add_argument("folder", type=Path, help="where npm pack has put both packages")
    options = parser.parse_args(arguments)
    try:
        content = build_file(options.folder)
    except (BuildError, OSError, tarfile.TarError) as error:
        sys.stderr.write(f"assets: {error}\n")
        return 1
    FILE.write_bytes(content)
    sys.stderr.write(f"assets: wrote {FILE.name} ({len(content):,} bytes)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
