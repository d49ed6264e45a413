"""CAPE: a sandbox of one's own, asked for what it knows of a file, and fed with it where that is wanted.

Format: apiv2, https://capev2.readthedocs.io/en/latest/usage/api.html (tasks/search, tasks/get/report,
tasks/create/file, tasks/status).
"""

from collections.abc import Generator
from typing import ClassVar, Final

import msgspec

from stack.analysis.answers import ABSENT, MODEST, SLIGHT, STRONG, Answer, Word
from stack.analysis.base import (
    HOUR_S,
    MINUTE_S,
    Asking,
    MalformedAnswer,
    ProviderPlugin,
    ProviderReply,
    ProviderRequest,
    Rate,
)
from stack.analysis.making import Maker, quote_path, read_raw
from stack.analysis.subjects import FILE, Subject
from stack.core.plugin_options import Credential, Option, Place
from stack.stix.observables.kinds import Kind

_POLL_S: Final = 20.0
_POLLS: Final = 40
_DONE: Final = "reported"
_FAILED: Final = ("failed_analysis", "failed_processing", "failed_reporting", "banned")
_MOST_SIGNATURES: Final = 40
_SEVERE: Final = 3


class _Task(msgspec.Struct):
    id: int
    status: str | None = None


class _Search(msgspec.Struct):
    error: bool = False
    data: list[_Task] | str | None = None
    error_value: str | None = None


class _Made(msgspec.Struct):
    task_ids: list[int] | None = None


class _Created(msgspec.Struct):
    error: bool = False
    data: _Made | None = None


class _Status(msgspec.Struct):
    error: bool = False
    data: str = ""


class _Signature(msgspec.Struct):
    name: str = ""
    description: str | None = None
    severity: int | None = None


class _Family(msgspec.Struct):
    family: str | None = None


class _Host(msgspec.Struct):
    ip: str | None = None


class _Domain(msgspec.Struct):
    domain: str | None = None


class _Network(msgspec.Struct):
    hosts: list[_Host] | None = None
    domains: list[_Domain] | None = None


class _Info(msgspec.Struct):
    id: int | None = None
    started: str | None = None
    package: str | None = None


class _Report(msgspec.Struct):
    """The parts of a report; `detections` was one text in older versions."""

    info: _Info = msgspec.field(default_factory=_Info)
    malscore: float | None = None
    detections: list[_Family] | str | None = None
    signatures: list[_Signature] | None = None
    network: _Network | None = None


class Provider(ProviderPlugin):
    """Reports of your own CAPE sandbox."""

    name = "cape"
    title = "CAPE sandbox"
    page = "https://capev2.readthedocs.io/en/latest/usage/api.html"
    terms = "Your own instance: what you send stays there."
    kinds = frozenset({"md5", "sha1", "sha256", FILE})
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential(
            "token", "API token", Place.HEADER, field="Authorization", prefix="Token ", is_needed=False
        ),
    )
    options: ClassVar[tuple[Option, ...]] = (
        Option("url", "Address, such as https://cape.example", is_needed=True),
        Option("submit", "Hand over files that it does not know", "no", ("no", "yes")),
    )
    rates = (Rate(60, MINUTE_S),)
    tlp = "amber+strict"
    keeps_absent_s = HOUR_S // 4
    is_metered = False
    wall_s = 840
    most_bytes = 32 * 1024 * 1024

    def takes(self) -> frozenset[str]:
        return self.kinds if self.choices.get("submit") == "yes" else self.kinds - {FILE}

    def ask(self, subject: Subject) -> Asking:
        kind = "sha256" if subject.is_file else subject.kind
        found = yield ProviderRequest(
            path=f"/apiv2/tasks/search/{kind}/{quote_path(subject.value)}/", expects=(200, 404)
        )
        task = _find_task(found)
        if task is None and subject.kind == FILE:
            task = yield from _submit()
        if task is None:
            return ABSENT
        report = yield ProviderRequest(path=f"/apiv2/tasks/get/report/{task}/lite/")
        address = self.choices.get("url", "").rstrip("/")
        return _read_report(subject, report, link=f"{address}/analysis/{task}/")

    def test(self) -> Asking:
        # A hash of nothing: it needs the one right that is used, and no part that is off by default.
        reply = yield ProviderRequest(path=f"/apiv2/tasks/search/sha256/{'0' * 64}/", is_metered=False)
        reply.read(_Search)
        return Answer(summary="CAPE answers")


def _find_task(reply: ProviderReply) -> int | None:
    """The newest task whose report is ready."""
    if reply.status == 404:
        return None
    found = reply.read(_Search)
    if found.error or not isinstance(found.data, list):
        return None
    return max((task.id for task in found.data if task.status in (None, _DONE)), default=None)


def _submit() -> Generator[ProviderRequest, ProviderReply, int | None]:
    """Hands the file over and waits for its report; None where the sandbox did not get to one."""
    reply = yield ProviderRequest(
        path="/apiv2/tasks/create/file/", method="POST", file_field="file", is_submission=True
    )
    made = reply.read(_Created)
    if made.error or made.data is None or not made.data.task_ids:
        raise MalformedAnswer("it did not take the file")
    task = made.data.task_ids[0]
    for _ in range(_POLLS):
        state = yield ProviderRequest(path=f"/apiv2/tasks/status/{task}/", wait_s=_POLL_S, is_metered=False)
        status = state.read(_Status).data
        if status == _DONE:
            return task
        if status in _FAILED:
            break
    return None


def _read_report(subject: Subject, reply: ProviderReply, *, link: str) -> Answer:
    found = reply.read(_Report)
    if found.malscore is None and found.signatures is None:
        raise MalformedAnswer("the report has neither a score nor signatures")
    maker = Maker("cape", subject)
    seen_at = maker.moment(found.info.started, "Run in CAPE")
    families = _list_families(found)
    if families:
        maker.evidence("family", f"CAPE recognises {', '.join(families)}.", STRONG * 1.5, seen_at=seen_at)
    score = min(10.0, max(0.0, found.malscore or 0.0))
    # Scores up to 2 are what clean installers get as well (the scale of its own page).
    weight = -SLIGHT if score < 2 else 0.0 if score < 4 else MODEST if score < 7 else STRONG
    maker.evidence(
        "score", f"CAPE gives a score of {score:g} of 10.", weight, group="cape.behaviour", seen_at=seen_at
    )
    for each in (found.signatures or [])[:_MOST_SIGNATURES]:
        is_severe = (each.severity or 0) >= _SEVERE
        maker.fact(
            each.name, each.description or "seen", section="Severe signatures" if is_severe else "Signatures"
        )
    maker.fact("Package", found.info.package)
    if found.network:
        maker.pivots(
            [each.ip for each in found.network.hosts or []],
            Kind.IPV4,
            Kind.IPV6,
            relation="communicates-with",
        )
        maker.pivots(
            [each.domain for each in found.network.domains or []], Kind.DOMAIN, relation="communicates-with"
        )
    word = Word.MALICIOUS if families or score >= 7 else Word.SUSPICIOUS if score >= 4 else None
    shown = f"score {score:g} of 10" + (f", {', '.join(families)}" if families else "")
    return maker.answer(summary=shown, stated=word, link=link, raw=read_raw(reply))


def _list_families(found: _Report) -> list[str]:
    if isinstance(found.detections, str):
        return [found.detections] if found.detections else []
    return list(dict.fromkeys(each.family for each in found.detections or [] if each.family))
