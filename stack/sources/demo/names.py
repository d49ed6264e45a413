"""Invented names of the demonstration: nobody in it exists, no name is a known group's or family's.

Tables of data; `threats.py` and the other modules make objects of them.
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

PRODUCTS: Final = (
    "Wexmere VPN Gateway",
    "Orlane Mail Server",
    "Tarrow CMS",
    "Kestle router firmware",
    "Pinford Backup",
    "Marrick Document Viewer",
    "Dunmow Single Sign-On",
    "Helliwell Print Spooler",
    "Sable Ridge Hypervisor",
    "Corran Web Console",
    "Ashgrove Database",
    "Tolland Controller Suite",
)

WEAKNESSES: Final = (
    ("an authentication bypass in the management interface", 9.8),
    ("a path traversal in the file download", 7.5),
    ("a heap overflow in the parser of certificates", 8.1),
    ("a server-side request forgery in the link preview", 6.5),
    ("an unsafe deserialisation of session tokens", 9.1),
    ("a use after free when pages are scrolled", 7.8),
    ("an SQL injection in the search form", 8.8),
    ("a hard-coded support account", 9.4),
    ("a race between check and use of a temporary file", 5.9),
    ("a missing check of the update's signature", 8.4),
)

TECHNIQUES: Final = (
    ("Message with a booby-trapped attachment", "delivery"),
    ("Message with a link to a look-alike page", "delivery"),
    ("Compromise of a supplier's update", "delivery"),
    ("Use of leaked credentials", "foothold"),
    ("Exploit of an internet-facing service", "foothold"),
    ("Malicious advertisement", "delivery"),
    ("Removable media left behind", "delivery"),
    ("Script run by an office document", "foothold"),
    ("Task that starts with the system", "persistence"),
    ("Service installed under a familiar name", "persistence"),
    ("Change of a start-up key", "persistence"),
    ("Hidden mailbox rule", "persistence"),
    ("Account created for later", "persistence"),
    ("Abuse of a signed driver", "escalation"),
    ("Token taken from another process", "escalation"),
    ("Switching off of security software", "evasion"),
    ("Clearing of event logs", "evasion"),
    ("Files named like system files", "evasion"),
    ("Code packed and decrypted in memory", "evasion"),
    ("Delay before the first action", "evasion"),
    ("Reading of stored browser passwords", "credentials"),
    ("Guessing of passwords, few tries per account", "credentials"),
    ("Keystrokes recorded", "credentials"),
    ("Interception of one-time codes", "credentials"),
    ("Listing of accounts and groups", "discovery"),
    ("Scan of the neighbouring network", "discovery"),
    ("Search for backups", "discovery"),
    ("Remote desktop with valid accounts", "spread"),
    ("Copy over administrative shares", "spread"),
    ("Deployment through the software distribution", "spread"),
    ("Collection of documents by keyword", "collection"),
    ("Mailbox export", "collection"),
    ("Screenshots at intervals", "collection"),
    ("Archive with a password before leaving", "collection"),
    ("Command channel inside DNS queries", "control"),
    ("Command channel over ordinary HTTPS", "control"),
    ("Fallback addresses from a public page", "control"),
    ("Traffic through hired proxies", "control"),
    ("Upload to a file-sharing service", "exfiltration"),
    ("Slow transfer outside office hours", "exfiltration"),
    ("Encryption of file servers", "impact"),
    ("Deletion of snapshots", "impact"),
    ("Overwriting of firmware", "impact"),
    ("Flooding of a public site", "impact"),
    ("Publication of stolen files", "impact"),
)

COUNTERMEASURES: Final = (
    "Require a second factor for remote access",
    "Block macros in documents from outside",
    "Keep one backup that no account can reach",
    "Separate administration from daily accounts",
    "Patch internet-facing services within two days",
    "Alert on new mailbox rules",
    "Allow-list signed drivers",
    "Resolve names through a filtering resolver",
    "Collect event logs on another host",
    "Rehearse the restoring of a file server",
    "Limit outgoing traffic of servers",
    "Review dormant accounts monthly",
)

SECTORS: Final = (
    ("Regional hospitals", "healthcare"),
    ("Container shipping", "transportation"),
    ("Water supply", "utilities"),
    ("Municipal administrations", "government-local"),
    ("Battery manufacturing", "manufacturing"),
    ("Community banks", "financial-services"),
    ("Universities", "education"),
    ("Power distribution", "energy"),
    ("Insurance brokers", "insurance"),
    ("Election offices", "government-regional"),
    ("Web shops", "retail"),
    ("Survey and mapping", "technology"),
    ("Broadcasting", "entertainment"),
    ("Mining consortia", "mining"),
)

REGIONS: Final = (
    "northern-europe",
    "western-europe",
    "eastern-europe",
    "southern-europe",
    "northern-america",
    "central-america",
    "south-america",
    "western-africa",
    "northern-africa",
    "southern-africa",
    "western-asia",
    "central-asia",
    "southern-asia",
    "eastern-asia",
    "south-eastern-asia",
    "australia-new-zealand",
)

HOST_WORDS: Final = (
    "cdn",
    "update",
    "mail",
    "portal",
    "login",
    "files",
    "static",
    "api",
    "vpn",
    "docs",
    "support",
    "sync",
    "img",
    "track",
    "invoice",
    "secure",
    "cloud",
    "news",
    "backup",
    "status",
)

DOMAIN_WORDS: Final = (
    "harbour",
    "parcel",
    "ledger",
    "orchard",
    "lantern",
    "quarry",
    "meadow",
    "signal",
    "copper",
    "willow",
    "anchor",
    "beacon",
    "cellar",
    "thimble",
    "granary",
    "sluice",
    "almanac",
    "compass",
    "ferry",
    "causeway",
    "saffron",
    "tallow",
    "marble",
    "pewter",
    "timber",
    "gravel",
    "winter",
    "summit",
    "valley",
    "clover",
)

FILE_NAMES: Final = (
    "invoice_{n}.pdf.exe",
    "tracking-{n}.js",
    "minutes_{n}.docm",
    "setup_{n}.msi",
    "statement-{n}.xlsm",
    "photo_{n}.scr",
    "update{n}.dll",
    "cv_{n}.doc",
    "ballot-{n}.iso",
    "driver{n}.sys",
    "kworker-{n}",
    "agent{n}.apk",
)
