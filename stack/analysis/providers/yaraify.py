"""YARAify: which public YARA rules and ClamAV signatures match a file that somebody scanned there.

Format: https://yaraify.abuse.ch/api/ (`lookup_hash`).
"""

from typing import ClassVar

import msgspec

from stack.analysis.abuse_ch import KEY, TERMS, is_found
from stack.analysis.answers import ABSENT, MODEST, SLIGHT, Answer, Word
from stack.analysis.base import DAY_S, Asking, ProviderPlugin, ProviderReply, ProviderRequest, Rate
from stack.analysis.making import Maker, check_value, count, read_raw
from stack.analysis.subjects import HASHES, Subject
from stack.stix.observables.kinds import Kind

_EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_Text = str | None


class _Match(msgspec.Struct):
    rule_name: _Text = None
    author: _Text = None
    description: _Text = None
    reference: _Text = None


class _Unpacked(msgspec.Struct):
    unpacked_sha256: _Text = None
    detections: list[_Match] | None = None


class _Task(msgspec.Struct):
    clamav_results: list[str] | None = None
    static_results: list[_Match] | None = None
    unpacker_results: list[_Unpacked] | None = None


class _Metadata(msgspec.Struct):
    sha256_hash: _Text = None
    sha1_hash: _Text = None
    md5_hash: _Text = None
    file_name: _Text = None
    file_size: int | None = None
    mime_type: _Text = None
    first_seen: _Text = None
    last_seen: _Text = None
    sightings: int | None = None
    ssdeep: _Text = None
    tlsh: _Text = None
    imphash: _Text = None


class _Data(msgspec.Struct):
    metadata: _Metadata
    tasks: list[_Task] | None = None


class _Found(msgspec.Struct):
    data: _Data


class Provider(ProviderPlugin):
    """Rules and signatures that match a file."""

    name = "yaraify"
    title = "YARAify"
    page = "https://yaraify.abuse.ch/api/"
    terms = TERMS
    url = "https://yaraify-api.abuse.ch/api"
    kinds = HASHES - {Kind.SHA512.value}
    credentials = (KEY,)
    rates: ClassVar[tuple[Rate, ...]] = (Rate(2000, DAY_S),)
    is_metered = False

    def ask(self, subject: Subject) -> Asking:
        reply = yield _ask_hash(subject.value)
        return _read_found(reply, subject) if is_found(reply) else ABSENT

    def test(self) -> Asking:
        reply = yield _ask_hash(_EMPTY)
        is_found(reply)
        return Answer(summary="The Auth-Key is good")


def _ask_hash(value: str) -> ProviderRequest:
    return ProviderRequest(path="/v1/", method="POST", json={"query": "lookup_hash", "search_term": value})


def weigh_rules(rules: int, signatures: int) -> float:
    """The weight of matching so many rules, and being named by so many signatures of ClamAV.

    Anybody may deploy a rule there, and many only say what a file is built with: rules alone stay below
    MODEST. ClamAV's signatures name malware.
    """
    return min(MODEST, 0.3 * rules) + (MODEST + SLIGHT if signatures else 0.0)


def _read_found(reply: ProviderReply, subject: Subject) -> Answer:
    said = reply.read(_Found).data
    about, tasks = said.metadata, said.tasks or []
    check_value(
        subject,
        {Kind.MD5.value: about.md5_hash, Kind.SHA1.value: about.sha1_hash}.get(
            subject.kind, about.sha256_hash
        ),
    )
    unpacked = [each for task in tasks for each in task.unpacker_results or ()]
    matches = [each for task in tasks for each in task.static_results or ()]
    matches += [each for result in unpacked for each in result.detections or ()]
    rules = sorted({each.rule_name for each in matches if each.rule_name})
    signatures = sorted({each for task in tasks for each in task.clamav_results or ()})
    maker = Maker(Provider.name, subject)
    link = f"https://yaraify.abuse.ch/sample/{about.sha256_hash}/" if about.sha256_hash else ""
    if rules or signatures:
        maker.evidence(
            "matches",
            f"It is matched by {count(len(rules), 'public YARA rule')}{f' ({rules[0]})' if rules else ''} "
            f"and {count(len(signatures), 'ClamAV signature')}{f' ({signatures[0]})' if signatures else ''}.",
            weigh_rules(len(rules), len(signatures)),
            group="abuse-ch.sample",
            reference=link,
        )
    maker.fact("YARA rules", rules)
    maker.fact("ClamAV", signatures)
    maker.pivots([each.unpacked_sha256 for each in unpacked], Kind.SHA256, relation="contains")
    _tell_file(maker, about)
    return maker.answer(
        stated=Word.MALICIOUS if signatures else None,
        summary=f"{count(len(rules), 'rule')}, {count(len(signatures), 'ClamAV signature')}",
        link=link,
        raw=read_raw(reply),
    )


def _tell_file(maker: Maker, about: _Metadata) -> None:
    maker.moment(about.first_seen, "YARAify: first seen")
    maker.moment(about.last_seen, "YARAify: last seen")
    maker.fact("name", about.file_name)
    maker.fact("type", about.mime_type)
    maker.fact("size", about.file_size)
    maker.fact("sightings", about.sightings)
    maker.fact("imphash", about.imphash, section="hashes")
    for value, kind in (
        (about.md5_hash, Kind.MD5),
        (about.sha1_hash, Kind.SHA1),
        (about.sha256_hash, Kind.SHA256),
        (about.ssdeep, Kind.SSDEEP),
        (about.tlsh, Kind.TLSH),
    ):
        maker.fact(str(kind), value, section="hashes", kind=kind)
