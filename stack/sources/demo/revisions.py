"""What comes later: newer versions and revocations, and a second source that disagrees."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from stack.sources.demo import texts, words
from stack.sources.demo.objects import Maker, StixObject, format_time
from stack.sources.demo.observables import Observables
from stack.sources.demo.patterns import build_equality
from stack.sources.demo.threats import Threats

_REVISED_TYPES: Final = frozenset({"malware", "intrusion-set", "campaign", "indicator", "report"})
_REVISED: Final = 130
_REVOKED: Final = 14
_CONFLICTS: Final = 70
_SHARED: Final = 120
_OWN_INDICATORS: Final = 90


def revise(maker: Maker, objects: Iterable[StixObject]) -> list[StixObject]:
    """Newer versions of some objects, a few of them twice; some indicators end revoked."""
    candidates = [made for made in objects if made["type"] in _REVISED_TYPES]
    revised = []
    for index, original in enumerate(maker.random.sample(candidates, _REVISED)):
        current = original
        for number in range(1 + (index % 6 == 0)):
            current = _write_next(maker, current, texts.REVISIONS[(index + number) % len(texts.REVISIONS)])
            revised.append(current)
    indicators = [made for made in candidates if made["type"] == "indicator"]
    latest = {made["id"]: made for made in revised}
    for original in maker.random.sample(indicators, _REVOKED):
        current = latest.get(original["id"], original)
        revised.append(_write_next(maker, current, "Revoked: a false alarm.") | {"revoked": True})
    return revised


def _write_next(maker: Maker, current: StixObject, remark: str) -> StixObject:
    before = datetime.fromisoformat(current["modified"])
    moment = before + (maker.end - before) * (0.2 + 0.7 * maker.random.random())
    text = f"{current.get('description', '')}\n\n{remark}".strip()
    confidence = min(100, max(5, current.get("confidence", 50) + maker.choose((-20, -10, 10, 15))))
    return current | {
        "modified": format_time(moment), "description": text, "confidence": confidence,
        "labels": sorted({*current.get("labels", ()), "revised"}),
    }  # fmt: skip


def dissent(
    maker: Maker, objects: Iterable[StixObject], threats: Threats, observables: Observables
) -> list[StixObject]:
    """The second source: it repeats some objects word for word, contradicts some, renews some, adds its own.

    A contradiction has the same id and the same `modified` but another content: a conflict by STIX's rules.
    """
    versioned = [made for made in objects if made["type"] in _REVISED_TYPES]
    chosen = maker.random.sample(versioned, 2 * _CONFLICTS + _SHARED)
    statements = [
        _contradict(maker, made, texts.SECOND_VIEWS[index % len(texts.SECOND_VIEWS)])
        for index, made in enumerate(chosen[:_CONFLICTS])
    ]
    statements += [
        _write_next(maker, made, texts.SECOND_VIEWS[index % len(texts.SECOND_VIEWS)])
        for index, made in enumerate(chosen[_CONFLICTS : 2 * _CONFLICTS])
    ]
    statements += chosen[2 * _CONFLICTS :]
    return [*statements, *_make_own(maker, threats, observables)]


def _contradict(maker: Maker, made: StixObject, view: str) -> StixObject:
    changed = made | {
        "description": view,
        "confidence": (made.get("confidence", 50) + maker.choose((25, 40, 60))) % 101,
        "labels": sorted({"second-opinion", *made.get("labels", ())[:1]}),
    }
    if made["type"] == "malware":
        changed["aliases"] = [f"{made['name']}-{maker.choose(('B', 'X', 'NG'))}"]
    return changed


def _make_own(maker: Maker, threats: Threats, observables: Observables) -> list[StixObject]:
    """Indicators for known observables under ids of its own, as independent sources have them."""
    for observable in maker.sample(observables.list_all(), _OWN_INDICATORS, _OWN_INDICATORS):
        draft, created = build_equality(observable), maker.pick_time(200, 0.5)
        indicator = maker.make(
            "indicator", f"second source {draft.pattern}", created=created, name=f"{draft.name} (exchange)",
            pattern=draft.pattern, pattern_type="stix", pattern_version="2.1",
            valid_from=format_time(created),
            valid_until=format_time(created + timedelta(days=60)), indicator_types=["malicious-activity"],
            confidence=maker.choose((20, 40, 60)), labels=[maker.choose(words.HOST_WORDS)],
        )  # fmt: skip
        maker.relate(indicator, "indicates", maker.choose(threats.families))
    return maker.objects
