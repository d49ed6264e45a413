"""Groups, clusters, campaigns, malware, tools, weaknesses and techniques, and how they hang together."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from stack.sources.demo import names, surroundings, texts
from stack.sources.demo.objects import Maker, StixObject, format_time, make_phases

_AFFINITY = 3


@dataclass(frozen=True, slots=True)
class Threats:
    """The narrative objects by type, as the technical ones and the reports refer to them."""

    sectors: list[StixObject] = field(default_factory=list)
    regions: list[StixObject] = field(default_factory=list)
    techniques: list[StixObject] = field(default_factory=list)
    countermeasures: list[StixObject] = field(default_factory=list)
    vulnerabilities: list[StixObject] = field(default_factory=list)
    families: list[StixObject] = field(default_factory=list)
    tools: list[StixObject] = field(default_factory=list)
    groups: list[StixObject] = field(default_factory=list)
    clusters: list[StixObject] = field(default_factory=list)
    campaigns: list[StixObject] = field(default_factory=list)


def make_threats(maker: Maker) -> Threats:
    threats = Threats()
    _make_surroundings(maker, threats)
    _make_weaknesses(maker, threats)
    for family in names.FAMILIES:
        threats.families.append(_make_family(maker, family))
    for name, kind, purpose in names.TOOLS:
        threats.tools.append(
            maker.make(
                "tool",
                name,
                created=maker.pick_time(420, 200),
                name=name,
                tool_types=[kind],
                description=f"A freely available program that {purpose}; administrators use it as well.",
            )
        )
    for group in names.GROUPS:
        threats.groups.append(_make_group(maker, group))
    _make_clusters(maker, threats)
    _make_campaigns(maker, threats)
    _relate_families(maker, threats)
    return threats


def _make_surroundings(maker: Maker, threats: Threats) -> None:
    for name, sector in surroundings.SECTORS:
        threats.sectors.append(
            maker.make(
                "identity",
                f"sector {name}",
                created=maker.pick_time(420, 400),
                tlp="clear",
                name=name,
                identity_class="class",
                sectors=[sector],
                description=f"Organisations in the sector “{name}”, without naming any.",
            )
        )
    for region in surroundings.REGIONS:
        threats.regions.append(
            maker.make(
                "location",
                region,
                created=maker.pick_time(420, 400),
                tlp="clear",
                name=region.replace("-", " ").title(),
                region=region,
            )
        )


def _make_weaknesses(maker: Maker, threats: Threats) -> None:
    for name, phase in surroundings.TECHNIQUES:
        threats.techniques.append(
            maker.make(
                "attack-pattern",
                name,
                created=maker.pick_time(420, 300),
                tlp="clear",
                name=name,
                kill_chain_phases=make_phases(phase),
                description=f"{name}: seen in the phase “{phase}” of intrusions that this source describes.",
            )
        )
    for name in surroundings.COUNTERMEASURES:
        measure = maker.make(
            "course-of-action", name, created=maker.pick_time(420, 300), tlp="clear", name=name,
            description=f"{name}. Cheap compared with what it prevents.",
        )  # fmt: skip
        threats.countermeasures.append(measure)
        for technique in maker.sample(threats.techniques, 2, 5):
            maker.relate(measure, "mitigates", technique)
    for number in range(48):
        product = maker.choose(surroundings.PRODUCTS)
        weakness, score = maker.choose(surroundings.WEAKNESSES)
        # No such year: these numbers will not be given to anything real.
        cve = f"CVE-2099-{10_203 + number * 37}"
        threats.vulnerabilities.append(
            maker.make(
                "vulnerability",
                cve,
                created=maker.pick_time(400, 10),
                tlp="clear",
                name=cve,
                description=f"{product}: {weakness}. Base score {score}.",
                external_references=[{"source_name": "cve", "external_id": cve}],
            )
        )


def _make_family(maker: Maker, family: names.Family) -> StixObject:
    created = maker.pick_time(400, 60)
    kind = family.malware_type.replace("-", " ")
    sector = maker.choose(surroundings.SECTORS)[0].lower()
    text = maker.describe(
        texts.MALWARE_SENTENCES[1:],
        2,
        4,
        name=family.name,
        kind=kind,
        platform=family.platform,
        sector=sector,
    )
    opening = texts.MALWARE_SENTENCES[0].format(
        name=family.name, kind=kind, platform=family.platform, sector=sector
    )
    return maker.make(
        "malware", family.name, created=created, name=family.name, is_family=True,
        description=f"{opening} {text}", malware_types=[family.malware_type],
        capabilities=sorted({family.capability, maker.choose(("anti-debugging", "fingerprints-host"))}),
        first_seen=format_time(created - timedelta(days=maker.random.randint(5, 90))),
        last_seen=format_time(maker.pick_time(50)), labels=[family.platform],
        kill_chain_phases=make_phases("foothold", "control"),
    )  # fmt: skip


def _make_group(maker: Maker, group: names.Group) -> StixObject:
    created = maker.pick_time(420, 250)
    sector = maker.choose(surroundings.SECTORS)[0].lower()
    text = maker.describe(texts.GROUP_SENTENCES, 3, 5, name=group.name, sector=sector, goal=group.goal)
    return maker.make(
        "threat-actor", group.name, created=created, name=group.name, aliases=list(group.aliases),
        description=text,
        threat_actor_types=[group.actor_type], primary_motivation=group.motivation,
        sophistication=group.sophistication, goals=[group.goal],
        first_seen=format_time(created - timedelta(days=200)), confidence=maker.choose((50, 65, 80, 90)),
    )  # fmt: skip


def _make_clusters(maker: Maker, threats: Threats) -> None:
    for index, name in enumerate(names.CLUSTERS):
        group = threats.groups[index]
        cluster = maker.make(
            "intrusion-set", name, created=maker.pick_time(350, 120), name=f"{name} cluster",
            aliases=[f"Activity {100 + index * 7}"], goals=group["goals"],
            description=f"Intrusions grouped by shared tooling under the working name {name}. "
            + maker.describe(texts.CAMPAIGN_SENTENCES, 1, 2, sector="two sectors", goal=group["goals"][0]),
            primary_motivation=group["primary_motivation"], confidence=maker.random.choice((40, 60, 75)),
        )  # fmt: skip
        threats.clusters.append(cluster)
        maker.relate(cluster, "attributed-to", group, text="Same build environment and working hours.")
        for used in (*maker.sample(threats.families, 2, _AFFINITY), *maker.sample(threats.tools, 1, 3)):
            maker.relate(cluster, "uses", used)
        for technique in maker.sample(threats.techniques, 6, 11):
            maker.relate(cluster, "uses", technique)
        for target in (*maker.sample(threats.sectors, 1, 3), *maker.sample(threats.regions, 1, 3)):
            maker.relate(cluster, "targets", target)


def _make_campaigns(maker: Maker, threats: Threats) -> None:
    for index, name in enumerate(names.CAMPAIGNS):
        created = maker.pick_time(300, 5)
        cluster = threats.clusters[index % len(threats.clusters)]
        sector = maker.choose(threats.sectors)
        campaign = maker.make(
            "campaign", name, created=created, name=name, objective=cluster["goals"][0],
            description=maker.describe(
                texts.CAMPAIGN_SENTENCES, 3, 5, sector=sector["name"].lower(), goal=cluster["goals"][0]
            ),
            first_seen=format_time(created - timedelta(days=maker.random.randint(3, 30))),
            last_seen=_last_seen(maker, created), confidence=maker.random.choice((45, 60, 80)),
        )  # fmt: skip
        threats.campaigns.append(campaign)
        maker.relate(campaign, "attributed-to", cluster)
        maker.relate(campaign, "targets", sector)
        maker.relate(campaign, "targets", maker.choose(threats.regions))
        for used in (*maker.sample(threats.families, 1, _AFFINITY), *maker.sample(threats.techniques, 3, 6)):
            maker.relate(campaign, "uses", used)


def _last_seen(maker: Maker, created: datetime) -> str:
    return format_time(created + (maker.end - created) * maker.random.random())


def _relate_families(maker: Maker, threats: Threats) -> None:
    for index, family in enumerate(threats.families):
        for technique in maker.sample(threats.techniques, 3, 7):
            maker.relate(family, "uses", technique)
        for vulnerability in maker.sample(threats.vulnerabilities, 0, 3):
            maker.relate(family, "exploits", vulnerability)
        if index % 5 == 4:
            maker.relate(family, "variant-of", threats.families[index - 2], text="Shared string encryption.")
