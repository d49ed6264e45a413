"""Invented STIX 2.1 objects for the benchmarks: the same `count` and `seed` always give the same bytes.

The mix is that of a feed-heavy platform: mostly indicators and observables, some relationships and sightings,
few actors, malware and reports. About 560 bytes an object, 90,000 objects a second on one core.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path
from random import Random
from uuid import UUID


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_NAMESPACE = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7").bytes  # STIX 2.1 section 2.9, deterministic ids
_START = datetime(2023, 1, 1, tzinfo=UTC)
_TLP = (
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",  # clear
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",  # green
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",  # amber
)
_ADJECTIVES = _words(
    "Amber Bitter Blind Broken Burnt Cobalt Cold Crimson Dark Dusty Electric Empty Fancy Frozen Golden "
    "Gray Hidden Hollow Iron Ivory Jade Lazy Liminal Lunar Mute Neon Northern Obsidian Pale Quiet Rapid "
    "Rusty Salt Scarlet Silent Silver Static Stone Tidal Velvet"
)
_ANIMALS = _words(
    "Adder Badger Bear Bison Cobra Condor Crane Dragon Eagle Falcon Ferret Fox Gecko Hare Heron Hornet "
    "Hyena Ibex Jackal Kestrel Kitten Leopard Lynx Mantis Marten Moth Newt Otter Owl Panda Puma Raven "
    "Shark Spider Stoat Tiger Typhoon Viper Wasp Wolf"
)
_FAMILIES = ("Loader", "Stealer", "RAT", "Wiper", "Locker", "Backdoor", "Dropper", "Miner", "Worm", "Bot")
_SYLLABLES = _words(
    "ba be bo ca ce co da de do fa fe fo ga go ha he ka ke ko la le lo ma me mo na ne no pa pe po ra re "
    "ro sa se so ta te to va ve vo za ze zo"
)
_ENDINGS = ("com", "net", "org", "info", "top", "xyz", "example", "ru", "cn", "io")
_PATHS = (
    "login",
    "update",
    "gate.php",
    "invoice.pdf",
    "wp-admin/setup",
    "api/v2/ping",
    "dl/payload.bin",
    "index.html",
)
_SENTENCES = (
    "Observed as command and control server of a campaign against energy suppliers.",
    "Delivered by spear phishing mail with a macro document that starts PowerShell.",
    "The payload persists through a scheduled task and a registry run key.",
    "Seen in ransomware incidents after initial access through an exposed remote desktop gateway.",
    "Credential harvesting page that imitates the sign-in form of a webmail provider.",
    "Exfiltrates archives over an encrypted tunnel to rented infrastructure.",
    "Shared by a partner after an incident in the financial sector.",
    "Scanner that looks for unpatched mail servers and virtual private network appliances.",
    "Drops a loader that injects a beacon into a system process.",
    "Part of a botnet that distributes banking trojans and sells proxies.",
)
_LABELS = ("malicious-activity", "anomalous-activity", "compromised", "attribution", "benign", "unknown")
_PHASES = (
    "reconnaissance",
    "initial-access",
    "execution",
    "persistence",
    "command-and-control",
    "exfiltration",
)


class _Invention:
    """One stream of random choices, and the latest ids that a relationship may point to."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.known: list[str] = []

    def pick(self, choices: tuple[str, ...] | list[str]) -> str:
        return choices[int(self.random.random() * len(choices))]

    def make_id(self, stix_type: str) -> str:
        bits = f"{self.random.getrandbits(128):032x}"
        return f"{stix_type}--{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-a{bits[17:20]}-{bits[20:]}"

    def make_known_id(self, stix_type: str) -> str:
        stix_id = self.make_id(stix_type)
        self.remember(stix_id)
        return stix_id

    def derive_id(self, stix_type: str, contributing: str) -> str:
        digest = bytearray(sha1(_NAMESPACE + contributing.encode(), usedforsecurity=False).digest()[:16])
        digest[6] = digest[6] & 0x0F | 0x50
        digest[8] = digest[8] & 0x3F | 0x80
        bits = digest.hex()
        return f"{stix_type}--{bits[:8]}-{bits[8:12]}-{bits[12:16]}-{bits[16:20]}-{bits[20:]}"

    def remember(self, stix_id: str) -> None:
        if len(self.known) < 5000:
            self.known.append(stix_id)
        else:
            self.known[int(self.random.random() * 5000)] = stix_id

    def time(self) -> str:
        moment = _START + timedelta(milliseconds=int(self.random.random() * 9e10))
        return moment.isoformat(timespec="milliseconds")[:-6] + "Z"

    def ipv4(self) -> str:
        number = self.random.getrandbits(32)
        return f"{number >> 24 or 1}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

    def domain(self) -> str:
        word = "".join([self.pick(_SYLLABLES) for _ in range(4)])
        return f"{word}{self.random.getrandbits(10)}.{self.pick(_ENDINGS)}"

    def url(self) -> str:
        return f"https://{self.domain()}/{self.pick(_PATHS)}?id={self.random.getrandbits(24)}"

    def sha256(self) -> str:
        return f"{self.random.getrandbits(256):064x}"

    def name(self) -> str:
        return f"{self.pick(_ADJECTIVES)} {self.pick(_ANIMALS)}"

    def vulnerability(self) -> str:
        return f"CVE-{2018 + self.random.getrandbits(3)}-{1000 + self.random.getrandbits(14)}"

    def markings(self) -> str:
        return f'"object_marking_refs":["{_TLP[int(self.random.random() ** 2 * 3)]}"]'


def _make_indicator(make: _Invention) -> str:
    stix_id, time = make.make_known_id("indicator"), make.time()
    value, path = (
        (make.ipv4(), "ipv4-addr:value"),
        (make.domain(), "domain-name:value"),
        (make.url(), "url:value"),
        (make.sha256(), "file:hashes.'SHA-256'"),
    )[make.random.getrandbits(2)]
    return (
        f'{{"type":"indicator","spec_version":"2.1","id":"{stix_id}","created":"{time}","modified":"{time}",'
        f'"name":"{value}","description":"{make.pick(_SENTENCES)} Tracked with {make.name()}.",'
        f'"indicator_types":["{make.pick(_LABELS)}"],'
        f'"pattern_type":"stix","pattern":"[{path} = \'{value}\']",'
        f'"valid_from":"{time}","confidence":{int(make.random.random() * 100)},"kill_chain_phases":'
        f'[{{"kill_chain_name":"mitre-attack","phase_name":"{make.pick(_PHASES)}"}}],{make.markings()}}}'
    )


def _make_address(make: _Invention) -> str:
    value = make.ipv4()
    stix_id = make.derive_id("ipv4-addr", f'{{"value":"{value}"}}')
    return f'{{"type":"ipv4-addr","spec_version":"2.1","id":"{stix_id}","value":"{value}",{make.markings()}}}'


def _make_domain(make: _Invention) -> str:
    value = make.domain()
    stix_id = make.derive_id("domain-name", f'{{"value":"{value}"}}')
    return (
        f'{{"type":"domain-name","spec_version":"2.1","id":"{stix_id}","value":"{value}",{make.markings()}}}'
    )


def _make_file(make: _Invention) -> str:
    value = make.sha256()
    stix_id = make.derive_id("file", f'{{"hashes":{{"SHA-256":"{value}"}}}}')
    return (
        f'{{"type":"file","spec_version":"2.1","id":"{stix_id}","hashes":{{"SHA-256":"{value}"}},'
        f'"size":{make.random.getrandbits(22)},{make.markings()}}}'
    )


def _make_relationship(make: _Invention) -> str:
    stix_id, time = make.make_id("relationship"), make.time()
    source, target = make.pick(make.known), make.pick(make.known)
    return (
        f'{{"type":"relationship","spec_version":"2.1","id":"{stix_id}","created":"{time}","modified":"{time}",'
        f'"relationship_type":"related-to","source_ref":"{source}","target_ref":"{target}",'
        f'"description":"{make.pick(_SENTENCES)}","confidence":{int(make.random.random() * 100)},'
        f"{make.markings()}}}"
    )


def _make_sighting(make: _Invention) -> str:
    stix_id, time = make.make_id("sighting"), make.time()
    return (
        f'{{"type":"sighting","spec_version":"2.1","id":"{stix_id}","created":"{time}","modified":"{time}",'
        f'"sighting_of_ref":"{make.pick(make.known)}","first_seen":"{time}","last_seen":"{time}",'
        f'"count":{1 + make.random.getrandbits(5)},{make.markings()}}}'
    )


def _make_malware(make: _Invention) -> str:
    stix_id, time, name = (
        make.make_known_id("malware"),
        make.time(),
        f"{make.name().replace(' ', '')}{make.pick(_FAMILIES)}",
    )
    return (
        f'{{"type":"malware","spec_version":"2.1","id":"{stix_id}","created":"{time}","modified":"{time}",'
        f'"name":"{name}","aliases":["{make.name()}"],"is_family":true,"malware_types":["{make.pick(_LABELS)}"],'
        f'"description":"{make.pick(_SENTENCES)} {make.pick(_SENTENCES)}",{make.markings()}}}'
    )


def _make_report(make: _Invention) -> str:
    stix_id, time = make.make_known_id("report"), make.time()
    text = " ".join([make.pick(_SENTENCES) for _ in range(4)])
    refs = ",".join([f'"{make.pick(make.known)}"' for _ in range(4)])
    return (
        f'{{"type":"report","spec_version":"2.1","id":"{stix_id}","created":"{time}","modified":"{time}",'
        f'"name":"{make.name()} and {make.vulnerability()}",'
        f'"description":"{text}","published":"{time}","object_refs":[{refs}],{make.markings()}}}'
    )


_MIX: tuple[Callable[[_Invention], str], ...] = (
    *[_make_indicator] * 55,
    *[_make_address] * 6,
    *[_make_domain] * 6,
    *[_make_file] * 6,
    *[_make_relationship] * 16,
    *[_make_sighting] * 4,
    *[_make_malware] * 4,
    *[_make_report] * 3,
)


def generate_objects(count: int, *, seed: int = 1) -> Iterator[bytes]:
    """`count` objects as compact JSON; references lead to objects that came before."""
    make = _Invention(seed)
    yield _make_malware(make).encode()
    for _ in range(count - 1):
        yield _MIX[int(make.random.random() * len(_MIX))](make).encode()


def write_bundle(path: Path, count: int, *, seed: int = 1) -> int:
    """Writes the objects as one STIX bundle, a line each; gives back the size in bytes."""
    with path.open("wb") as file:
        file.write(b'{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[\n')
        for number, text in enumerate(generate_objects(count, seed=seed)):
            file.write(text if not number else b",\n" + text)
        file.write(b"\n]}\n")
        return file.tell()
