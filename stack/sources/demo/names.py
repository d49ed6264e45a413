"""Invented names of the demonstration: nobody in it exists, no name is a known group's or family's.

Tables of data; `threats.py` and others make objects of them.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Group:
    """A threat actor: what it is called, what it is after and how good it is (STIX vocabularies)."""

    name: str
    aliases: tuple[str, ...]
    actor_type: str
    motivation: str
    sophistication: str
    region: str
    goal: str


GROUPS: Final = (
    Group(
        "Hollow Lantern",
        ("Lantern Crew", "HL-4"),
        "nation-state",
        "ideology",
        "expert",
        "northern-europe",
        "long-term access to energy operators",
    ),
    Group(
        "Umber Heron",
        ("Mudflat",),
        "nation-state",
        "dominance",
        "advanced",
        "central-asia",
        "diplomatic correspondence",
    ),
    Group(
        "Quiet Ferry",
        ("Night Crossing", "QF"),
        "crime-syndicate",
        "personal-gain",
        "intermediate",
        "eastern-europe",
        "payment redirection at shipping companies",
    ),
    Group(
        "Saltmarsh Choir",
        ("Choir of Reeds",),
        "crime-syndicate",
        "personal-gain",
        "advanced",
        "western-europe",
        "extortion of hospitals and insurers",
    ),
    Group(
        "Paper Orchard",
        ("Windfall",),
        "spy",
        "organizational-gain",
        "advanced",
        "eastern-asia",
        "designs of battery and optics makers",
    ),
    Group(
        "Ninth Weir",
        ("Weirkeepers", "NW-9"),
        "nation-state",
        "dominance",
        "expert",
        "western-asia",
        "water and flood-control systems",
    ),
    Group(
        "Pewter Thimble",
        ("Thimblerig",),
        "criminal",
        "personal-gain",
        "minimal",
        "southern-europe",
        "card data of small web shops",
    ),
    Group(
        "Velvet Causeway",
        ("Causeway Nine",),
        "crime-syndicate",
        "personal-gain",
        "advanced",
        "south-america",
        "initial access for sale",
    ),
    Group(
        "Dull Compass",
        ("Lost Bearing",),
        "hacker",
        "notoriety",
        "intermediate",
        "northern-america",
        "defacement of municipal sites",
    ),
    Group(
        "Tin Cartographer",
        ("Blank Map", "TC-Delta"),
        "spy",
        "organizational-gain",
        "expert",
        "eastern-asia",
        "survey and satellite imagery",
    ),
    Group(
        "Low Beacon",
        ("Foreshore",),
        "activist",
        "ideology",
        "intermediate",
        "western-africa",
        "leaks from mining consortia",
    ),
    Group(
        "Winter Almanac",
        ("Leap Day",),
        "nation-state",
        "ideology",
        "strategic",
        "northern-europe",
        "election offices and registers",
    ),
    Group(
        "Brackish Owl",
        ("Estuary",),
        "crime-syndicate",
        "personal-gain",
        "intermediate",
        "south-eastern-asia",
        "fraud with stolen call-centre accounts",
    ),
    Group(
        "Gravel Saint",
        ("Quarryman",),
        "criminal",
        "personal-gain",
        "minimal",
        "eastern-europe",
        "rented denial of service",
    ),
)

CLUSTERS: Final = (
    "Larkspur",
    "Yarrow",
    "Tansy",
    "Sorrel",
    "Bracken",
    "Campion",
    "Hawkbit",
    "Melilot",
    "Teasel",
    "Burnet",
    "Vetchling",
    "Spurrey",
)

CAMPAIGNS: Final = (
    "Ferryman's Toll",
    "Cold Ledger",
    "Second Harvest",
    "Broken Sluice",
    "Copper Invoice",
    "Moth and Candle",
    "Slow Tide",
    "Borrowed Keys",
    "Open Granary",
    "Late Delivery",
    "Mute Bell",
    "Spilled Ink",
    "Long Corridor",
    "Dry Dock",
    "Glass Ballot",
    "Empty Ward",
    "Winter Intake",
    "Paper Boats",
)


@dataclass(frozen=True, slots=True)
class Family:
    """A malware family: STIX malware type and capability, and the platform that it runs on."""

    name: str
    malware_type: str
    capability: str
    platform: str


FAMILIES: Final = (
    Family("Glasmoth", "backdoor", "communicates-with-c2", "windows"),
    Family("Tarnwick", "remote-access-trojan", "controls-local-machine", "windows"),
    Family("PelletMill", "downloader", "installs-other-components", "windows"),
    Family("OxbowRAT", "remote-access-trojan", "captures-input-peripherals", "windows"),
    Family("Fennlock", "ransomware", "compromises-data-availability", "windows"),
    Family("Thistledrop", "dropper", "installs-other-components", "windows"),
    Family("BrineLoader", "downloader", "anti-sandbox", "windows"),
    Family("Sexton", "wiper", "compromises-system-availability", "windows"),
    Family("Murkwell", "rootkit", "hides-artifacts", "linux"),
    Family("Cinderpost", "spyware", "exfiltrates-data", "android"),
    Family("Dovecote", "bot", "compromises-system-availability", "linux"),
    Family("HexBarrow", "keylogger", "steals-authentication-credentials", "windows"),
    Family("Quillfish", "screen-capture", "captures-output-peripherals", "windows"),
    Family("Stoneboat", "worm", "infects-files", "windows"),
    Family("Ambergate", "backdoor", "evades-av", "macos"),
    Family("Wickerman Lite", "exploit-kit", "infects-remote-machines", "browser"),
    Family("Saltlick", "resource-exploitation", "compromises-system-availability", "linux"),
    Family("Nettlewire", "trojan", "probes-network-environment", "router"),
    Family("Pinfold", "ransomware", "compromises-data-availability", "linux"),
    Family("Rookery", "bot", "emails-spam", "windows"),
    Family("Larder", "spyware", "steals-authentication-credentials", "windows"),
    Family("Thornback", "bootkit", "persists-after-system-reboot", "windows"),
    Family("Fogbank Agent", "backdoor", "accesses-remote-machines", "windows"),
    Family("Marlpit", "webshell", "accesses-remote-machines", "linux"),
    Family("Oddfellow", "adware", "degrades-security-software", "windows"),
    Family("Scullion", "dropper", "anti-vm", "windows"),
    Family("Coldframe", "trojan", "violates-system-operational-integrity", "controller"),
    Family("Hobnail", "keylogger", "captures-input-peripherals", "macos"),
)

TOOLS: Final = (
    ("Portwright", "network-capture", "maps open ports and banners"),
    ("Shelfscan", "information-gathering", "lists shares and their permissions"),
    ("Tidewire", "remote-access", "opens a reverse tunnel through a web proxy"),
    ("Credsift", "credential-exploitation", "reads cached credentials from memory"),
    ("Lanternproxy", "remote-access", "chains SOCKS proxies over compromised hosts"),
    ("Hashgrinder", "credential-exploitation", "guesses passwords from captured hashes"),
    ("Rushlight", "vulnerability-scanning", "checks web servers for old components"),
    ("Floodgate", "denial-of-service", "generates half-open connections"),
    ("Cartouche", "exploitation", "builds macro-enabled documents"),
    ("Weevil", "information-gathering", "collects e-mail addresses from public pages"),
    ("Stopcock", "denial-of-service", "holds slow requests open"),
    ("Bellwether", "information-gathering", "maps trust between directory domains"),
)
