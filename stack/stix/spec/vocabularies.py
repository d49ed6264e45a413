"""The open vocabularies and enumerations of STIX 2.1, section 10 (with errata 01), and those of 2.0."""

from stack.stix.spec.model import Closed, Open


def _open(name: str, section: str, words: str) -> Open:
    return Open(name, frozenset(words.split()), section)


def _closed(name: str, section: str, words: str) -> Closed:
    return Closed(name, frozenset(words.split()), section)


ACCOUNT_TYPE = _open(
    "account-type-ov",
    "10.1",
    """facebook ldap nis openid radius skype tacacs twitter unix windows-local windows-domain""",
)

ATTACK_MOTIVATION = _open(
    "attack-motivation-ov",
    "10.2",
    """accidental coercion dominance ideology notoriety organizational-gain personal-gain
    personal-satisfaction revenge unpredictable""",
)

ATTACK_RESOURCE_LEVEL = _open(
    "attack-resource-level-ov", "10.3", "individual club contest team organization government"
)

ENCRYPTION_ALGORITHM = _closed(
    "encryption-algorithm-enum", "10.4", "AES-256-GCM ChaCha20-Poly1305 mime-type-indicated"
)

EXTENSION_TYPE = _closed(
    "extension-type-enum",
    "10.5",
    """new-sdo new-sco new-sro property-extension toplevel-property-extension""",
)

GROUPING_CONTEXT = _open("grouping-context-ov", "10.6", "suspicious-activity malware-analysis unspecified")

HASH_ALGORITHM = _open("hash-algorithm-ov", "10.7", "MD5 SHA-1 SHA-256 SHA-512 SHA3-256 SHA3-512 SSDEEP TLSH")

IDENTITY_CLASS = _open("identity-class-ov", "10.8", "individual group system organization class unknown")

IMPLEMENTATION_LANGUAGE = _open(
    "implementation-language-ov",
    "10.9",
    """applescript bash c c++ c# go java javascript lua objective-c perl php powershell python ruby rust
    scala swift typescript visual-basic x86-32 x86-64""",
)

INDICATOR_TYPE = _open(
    "indicator-type-ov",
    "10.10",
    """anomalous-activity anonymization benign compromised malicious-activity attribution unknown""",
)

INDUSTRY_SECTOR = _open(
    "industry-sector-ov",
    "10.11",
    """agriculture aerospace automotive chemical commercial communications construction defense education
    energy entertainment financial-services government emergency-services government-local
    government-national government-public-services government-regional healthcare
    hospitality-leisure infrastructure dams nuclear water insurance legal manufacturing mining
    non-profit pharmaceuticals retail technology telecommunications transportation utilities""",
)

INFRASTRUCTURE_TYPE = _open(
    "infrastructure-type-ov",
    "10.12",
    """amplification anonymization botnet command-and-control control-system exfiltration firewall
    hosting-malware hosting-target-lists phishing reconnaissance routers-switches staging
    workstation unknown""",
)

MALWARE_CAPABILITIES = _open(
    "malware-capabilities-ov",
    "10.13",
    """accesses-remote-machines anti-debugging anti-disassembly anti-emulation anti-memory-forensics
    anti-sandbox anti-vm captures-input-peripherals captures-output-peripherals
    captures-system-state-data cleans-traces-of-infection commits-fraud communicates-with-c2
    compromises-data-availability compromises-data-integrity compromises-system-availability
    controls-local-machine degrades-security-software degrades-system-updates determines-c2-server
    emails-spam escalates-privileges evades-av exfiltrates-data fingerprints-host hides-artifacts
    hides-executing-code infects-files infects-remote-machines installs-other-components
    persists-after-system-reboot prevents-artifact-access prevents-artifact-deletion
    probes-network-environment self-modifies steals-authentication-credentials
    violates-system-operational-integrity""",
)

MALWARE_RESULT = _open("malware-result-ov", "10.14", "malicious suspicious benign unknown")

MALWARE_TYPE = _open(
    "malware-type-ov",
    "10.15",
    """adware backdoor bot bootkit ddos downloader dropper exploit-kit keylogger ransomware
    remote-access-trojan resource-exploitation rogue-security-software rootkit screen-capture
    spyware trojan unknown virus webshell wiper worm""",
)

NETWORK_SOCKET_ADDRESS_FAMILY = _closed(
    "network-socket-address-family-enum",
    "10.16",
    """AF_UNSPEC AF_INET AF_IPX AF_APPLETALK AF_NETBIOS AF_INET6 AF_IRDA AF_BTH""",
)

# The standard prints AF_ISOCK_DGRAMNET where SOCK_DGRAM is meant: both are taken.
NETWORK_SOCKET_TYPE = _closed(
    "network-socket-type-enum",
    "10.17",
    """SOCK_STREAM SOCK_DGRAM AF_ISOCK_DGRAMNET SOCK_RAW SOCK_RDM SOCK_SEQPACKET""",
)

OPINION = _closed("opinion-enum", "10.18", "strongly-disagree disagree neutral agree strongly-agree")

PATTERN_TYPE = _open("pattern-type-ov", "10.19", "stix pcre sigma snort suricata yara")

PROCESSOR_ARCHITECTURE = _open(
    "processor-architecture-ov", "10.20", "alpha arm ia-64 mips powerpc sparc x86 x86-64"
)

REGION = _open(
    "region-ov",
    "10.21",
    """africa eastern-africa middle-africa northern-africa southern-africa western-africa americas
    caribbean central-america latin-america-caribbean northern-america south-america asia
    central-asia eastern-asia southern-asia south-eastern-asia western-asia europe eastern-europe
    northern-europe southern-europe western-europe oceania antarctica australia-new-zealand
    melanesia micronesia polynesia""",
)

REPORT_TYPE = _open(
    "report-type-ov",
    "10.22",
    """attack-pattern campaign identity incident indicator intrusion-set malware observed-data threat-actor
    threat-report tool vulnerability""",
)

THREAT_ACTOR_TYPE = _open(
    "threat-actor-type-ov",
    "10.23",
    """activist competitor crime-syndicate criminal hacker insider-accidental insider-disgruntled
    nation-state private-sector sensationalist spy terrorist unknown""",
)

THREAT_ACTOR_ROLE = _open(
    "threat-actor-role-ov",
    "10.24",
    """agent director independent infrastructure-architect infrastructure-operator malware-author sponsor""",
)

THREAT_ACTOR_SOPHISTICATION = _open(
    "threat-actor-sophistication-ov", "10.25", "none minimal intermediate advanced expert innovator strategic"
)

TOOL_TYPE = _open(
    "tool-type-ov",
    "10.26",
    """denial-of-service exploitation information-gathering network-capture credential-exploitation
    remote-access vulnerability-scanning unknown""",
)

WINDOWS_INTEGRITY_LEVEL = _closed("windows-integrity-level-enum", "10.27", "low medium high system")

WINDOWS_PEBINARY_TYPE = _open("windows-pebinary-type-ov", "10.28", "dll exe sys")

WINDOWS_REGISTRY_DATATYPE = _closed(
    "windows-registry-datatype-enum",
    "10.29",
    """REG_NONE REG_SZ REG_EXPAND_SZ REG_BINARY REG_DWORD REG_DWORD_BIG_ENDIAN REG_DWORD_LITTLE_ENDIAN
    REG_LINK REG_MULTI_SZ REG_RESOURCE_LIST REG_FULL_RESOURCE_DESCRIPTION
    REG_RESOURCE_REQUIREMENTS_LIST REG_QWORD REG_INVALID_TYPE""",
)

WINDOWS_SERVICE_START_TYPE = _closed(
    "windows-service-start-type-enum",
    "10.30",
    """SERVICE_AUTO_START SERVICE_BOOT_START SERVICE_DEMAND_START SERVICE_DISABLED SERVICE_SYSTEM_ALERT""",
)

WINDOWS_SERVICE_TYPE = _closed(
    "windows-service-type-enum",
    "10.31",
    """SERVICE_KERNEL_DRIVER SERVICE_FILE_SYSTEM_DRIVER SERVICE_WIN32_OWN_PROCESS
    SERVICE_WIN32_SHARE_PROCESS""",
)

WINDOWS_SERVICE_STATUS = _closed(
    "windows-service-status-enum",
    "10.32",
    """SERVICE_CONTINUE_PENDING SERVICE_PAUSE_PENDING SERVICE_PAUSED SERVICE_RUNNING SERVICE_START_PENDING
    SERVICE_STOP_PENDING SERVICE_STOPPED""",
)

INDICATOR_LABEL_20 = _open(
    "indicator-label-ov",
    "2.0 part 2, 6.5",
    "anomalous-activity anonymization benign compromised malicious-activity attribution",
)

REPORT_LABEL_20 = _open(
    "report-label-ov",
    "2.0 part 2, 6.9",
    """threat-report attack-pattern campaign identity indicator intrusion-set malware observed-data
    threat-actor tool vulnerability""",
)

MALWARE_LABEL_20 = _open(
    "malware-label-ov",
    "2.0 part 2, 6.7",
    """adware backdoor bot ddos dropper exploit-kit keylogger ransomware remote-access-trojan
    resource-exploitation rogue-security-software rootkit screen-capture spyware trojan virus worm""",
)

THREAT_ACTOR_LABEL_20 = _open(
    "threat-actor-label-ov",
    "2.0 part 2, 6.10",
    """activist competitor crime-syndicate criminal hacker insider-accidental insider-disgruntled
    nation-state sensationalist spy terrorist""",
)

TOOL_LABEL_20 = _open(
    "tool-label-ov",
    "2.0 part 2, 6.13",
    """denial-of-service exploitation information-gathering network-capture credential-exploitation
    remote-access vulnerability-scanning""",
)
