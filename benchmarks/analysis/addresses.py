"""Addresses: analyses per second, look-ups in the bundled file, and what bad neighbours are worth."""

import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from ipaddress import IPv4Address, ip_address
from pathlib import Path

from benchmarks.figures import Figure
from stack.analysis.addresses.bundled import FILE, Networks, open_networks
from stack.analysis.addresses.judging import judge_address
from stack.analysis.subjects import Subject
from stack.core.http.guard import is_public
from tests.analysis_tools import ToldResolver, ToldTools

_DATA = Path(os.environ.get("STACK_TEST_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
_PATTERN = re.compile(rb"ipv4-addr:value = '(\d{1,3}(?:\.\d{1,3}){3})'")
_NUMBER = 20_000


def measure_addresses() -> list[Figure]:
    """Each answer is made anew; tools answer from memory, so that the engine alone is measured."""
    chance = random.Random(7)
    addresses = [IPv4Address(chance.randrange(1 << 24, 224 << 24)) for _ in range(_NUMBER)]
    subjects = [Subject("ipv4", str(address)) for address in addresses]
    tools = ToldTools(resolver=ToldResolver())
    opened = _measure(lambda: Networks(FILE.read_bytes()))
    networks = open_networks()
    asked = _measure(
        lambda: [(networks.find_country(each), networks.find_system(each)) for each in addresses]
    )
    judged = _measure(lambda: [judge_address(subject, tools) for subject in subjects])
    return [
        Figure("addresses: opening the bundled file", opened * 1000, "ms", "once per process", None, None),
        Figure("addresses: country and network", _NUMBER / asked, "look-ups/s", "", None, None),
        Figure("addresses: analysed", _NUMBER / judged, "addresses/s", "without store and DNS", None, None),
        *_measure_neighbours(),
    ]


def _measure_neighbours() -> list[Figure]:
    """How much likelier an address of published indicators has bad neighbours than a public resolver has."""
    files = [_DATA / "stix21" / "indicators.json", _DATA / "stix21" / "patterns.txt"]
    spec = find_spec("pymispwarninglists")
    if not all(file.exists() for file in files) or spec is None or not spec.submodule_search_locations:
        return []
    found = {text.decode() for file in files for text in _PATTERN.findall(file.read_bytes())}
    bad = {int(address) for text in found if (address := _read(text)) and is_public(address)}
    lists = Path(spec.submodule_search_locations[0]) / "data" / "misp-warninglists" / "lists"
    values = json.loads((lists / "public-dns-v4" / "list.json").read_bytes())["list"]
    good = {int(address) for text in values if (address := _read(text))} - bad
    networks = Counter(number >> 8 for number in bad)
    figures = []
    for least, most in ((1, 1), (2, 4), (5, 255)):
        with_bad = _share([networks[number >> 8] - 1 for number in bad], least, most)
        with_good = _share([networks[number >> 8] for number in good], least, most)
        name = f"addresses: bad ones with {least} to {most} bad neighbours in their /24"
        ratio = with_bad / with_good if with_good else None
        figures.append(Figure(name, with_bad * 100, "%", "public resolvers", with_good * 100, ratio))
    return figures


def _share(counts: Sequence[int], least: int, most: int) -> float:
    return sum(least <= count <= most for count in counts) / len(counts)


def _read(text: str) -> IPv4Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address if isinstance(address, IPv4Address) else None


def _measure(work: Callable[[], object]) -> float:
    """The shorter CPU time of two rounds, in seconds."""
    times = []
    for _ in range(2):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)
