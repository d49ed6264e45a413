"""Sentences of the demonstration's descriptions, reports and notes; `{…}` stands for names."""

# ruff: noqa: E501 - a sentence stands on one line
from typing import Final

GROUP_SENTENCES: Final = (
    "{name} has been followed since its first known intrusion at an organisation in the sector “{sector}”.",
    "The group works in office hours of a single time zone and pauses on its holidays.",
    "It is after {goal}, and leaves again once it has them.",
    "Its tooling changes slowly: the same loader was rebuilt eleven times with other keys.",
    "Members appear to share infrastructure with at least one other group, which makes attribution of single "
    "addresses uncertain.",
    "Ransom notes and lures are written without mistakes in four languages.",
    "It prefers accounts that already exist to malware, and malware to exploits.",
)

MALWARE_SENTENCES: Final = (
    "{name} is a {kind} for {platform}, first seen in a campaign against {sector}.",
    "It reads its configuration from an encrypted resource and contacts up to three hosts in turn.",
    "Strings are encrypted with a key that differs in each build.",
    "Persistence is reached through a scheduled task with a name borrowed from a printer driver.",
    "The newest builds check for fewer than two processors and for a keyboard layout before they do anything.",
    "Commands are fetched as images; the payload stands after the end of the picture.",
    "Once started it deletes its installer and changes its own time stamps.",
    "A mistake in its update routine lets defenders list all of its controllers.",
    "The family is sold with support; two unrelated groups are known to use it.",
)

CAMPAIGN_SENTENCES: Final = (
    "The campaign began with messages about a missed delivery and reached {sector} within a week.",
    "Access was bought, not made: the first log-in used a valid account.",
    "After nine quiet days the operators moved to the backup servers first.",
    "At least thirty organisations received the same lure; four are known to have opened it.",
    "Infrastructure was registered in one batch, paid for together, and taken down together.",
    "The objective seems to have been {goal}.",
)

REPORT_TITLES: Final = (
    "{malware} returns with a new command channel",
    "How {group} gets in: three incidents side by side",
    "“{campaign}”: what we know so far",
    "{malware} in {sector}: indicators and advice",
    "Inside a {malware} controller",
    "{group} changes its habits",
    "Weekly summary: {malware}, {campaign} and two smaller things",
    "{product} under attack: who exploits what",
    "From lure to loss: anatomy of “{campaign}”",
    "Shared hosts between {group} and others",
)

REPORT_PARAGRAPHS: Final = (
    "Between the {first} and the {last} we handled {count} incidents that have one thing in common: {malware} was "
    "on at least one host before anybody noticed.",
    "In each case the first contact was a message from a supplier's real mailbox. The attachment carried a script "
    "that fetched the next stage from {domain}, which resolved to {address} at the time.",
    "The sample with the SHA-256 {hash} is the oldest that we have. It contacts {url} every 47 minutes, with a "
    "jitter of a tenth.",
    "Attribution is open. Tooling and targets point to {group}, but the hosting was used by others before, and "
    "we would not bet more than even money on it.",
    "What helped: a second factor on remote access, and a resolver that refuses names younger than a day. What did "
    "not: the allow-list of file types, which knew nothing of disk images.",
    "We ask members to search their proxy logs for {domain} and their mail for subjects that begin with "
    "“Delivery attempt”. Please report hits, also old ones.",
    "The operators took {count} days from the first log-in to the first encrypted server. They deleted snapshots "
    "first, then printed the note on every printer.",
    "A related weakness in {product} was used in two of the cases. A patch exists; the work-around is to switch "
    "off the management interface towards the internet.",
)

NOTE_SENTENCES: Final = (
    "Seen again in our honeypot at {time}; same user agent, other path.",
    "False alarm at one member: their monitoring fetches this page on purpose. Kept, with less confidence.",
    "The registrar has taken the name down. It still resolves at two large resolvers.",
    "Checked against our passive DNS: two further names, both already listed.",
    "The analyst on duty would like a second opinion on the attribution before this goes out.",
    "Hash confirmed from a second image of the same host.",
    "Do not block: shared hosting, thousands of harmless neighbours.",
)

OPINIONS: Final = (
    ("strongly-agree", "Matches what we saw on three hosts."),
    ("agree", "Plausible, and the timing fits."),
    ("neutral", "We have no data on this."),
    ("disagree", "The overlap is a shared hosting provider, nothing more."),
    ("strongly-disagree", "This address was reassigned before the campaign began."),
)

SECOND_VIEWS: Final = (
    "We see this differently: the overlap rests on one shared host, and the timeline does not fit.",
    "Our members report the same, with weaker evidence; treat the attribution as a working hypothesis.",
    "Independent analysis confirms the finding. Additional victims in two regions.",
    "The sample that we hold behaves otherwise: no persistence, and another key schedule.",
)

REVISIONS: Final = (
    "Update: two further incidents confirm the earlier finding.",
    "Update: confidence lowered after one source was found to repeat another.",
    "Update: newest activity was in the last weeks; the infrastructure has moved.",
    "Update: description corrected after a talk with the victim's own team.",
)
