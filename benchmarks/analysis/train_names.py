"""Trains the score of algorithmic names, and writes `stack/analysis/names/algorithmic.json`.

`python -m benchmarks.analysis.train_names`. Benign are labels of Tranco, malicious are generated
(`generators`). Held out are labels that only Chrome's list has, and whole families. It gives the same file
each time.
"""

import base64
import math
import pydoc_data.topics
import random
import re
import sys
import zlib
from array import array
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

from benchmarks.analysis.generators import ARITHMETIC, generate_names, make_word_families
from stack.analysis.names import algorithmic
from stack.analysis.names.algorithmic import ALPHABET, SHORTEST, STEPS, Model
from stack.analysis.names.parts import split_name
from stack.core.known_good.lists import find_package_lists, read_list

TARGET: Final = Path(algorithmic.__file__).with_name("algorithmic.json")
HELD_OUT: Final = (
    "banjori",
    "conficker",
    "gspy",
    "locky",
    "newgoz",
    "pykspa",
    "qadars",
    "ramnit",
    "simda",
    "virut",
)
"""Families of every sort: letters, digests, letters and digits, pronounceable, and one that keeps a tail."""
FALSE_ALARMS: Final = 0.005
"""Of labels of known sites, so many may be called algorithmic."""
_PATTERN: Final = re.compile(rf"[a-z0-9-]{{{SHORTEST},63}}")
_TRAINED: Final = 120_000
_TESTED: Final = 40_000
_A_FAMILY: Final = 4_000


def read_labels(list_name: str, *, number: int, seed: int) -> list[str]:
    """Distinct labels that somebody registered, of a list of popular sites, in a shuffled order."""
    values = read_list(find_package_lists() / list_name / "list.json", is_own=False).values
    random.Random(seed).shuffle(values)
    found: dict[str, None] = {}
    for value in values:
        host = value.lower().rpartition("://")[2].strip(".")
        try:
            label = split_name(host).label
        except ValueError:
            continue
        if _PATTERN.fullmatch(label) and not label.startswith("xn--"):
            found[label] = None
        if len(found) >= number:
            break
    return list(found)


def read_words() -> list[str]:
    """English words: those of Python's own documentation, which every machine has."""
    text = " ".join(pydoc_data.topics.topics.values()).lower()
    return sorted(set(re.findall(r"\b[a-z]{4,9}\b", text)))


def generate_family_names(families: dict[str, Any], *, number: int) -> dict[str, list[str]]:
    return {
        name: [each for each in generate_names(family, number=number) if _PATTERN.fullmatch(each)]
        for name, family in families.items()
    }


def train() -> Model:
    benign = read_labels("tranco", number=_TRAINED, seed=1)
    known = set(benign)
    unseen = [
        label
        for label in read_labels("google-chrome-crux-1million", number=3 * _TESTED, seed=2)
        if label not in known
    ][:_TESTED]
    families = generate_family_names(ARITHMETIC, number=_A_FAMILY)
    words = generate_family_names(make_word_families(read_words()), number=_A_FAMILY)
    triples = count_triples(benign[: _TRAINED // 2])
    # The table knows the names that it was made of: the regression learns from others.
    rest = benign[_TRAINED // 2 :]
    learned = {name: labels for name, labels in families.items() if name not in HELD_OUT}
    fit = _Fit(triples, rest, learned)
    scale, shift = _calibrate(triples, rest, learned)
    # Where to cut is chosen on one half of what was held out, and measured on the other.
    chosen, unseen = unseen[::2], unseen[1::2]
    threshold = float(numpy.quantile(fit.score(chosen) * scale + shift, 1 - FALSE_ALARMS))
    false_alarms = float((fit.score(unseen) * scale + shift > threshold).mean())
    figures = {
        "trained_benign": float(_TRAINED),
        "held_out_benign": float(len(unseen)),
        "false_alarms": false_alarms,
        **_measure(
            fit, unseen, {name: families[name] for name in HELD_OUT}, threshold, scale, shift, "family"
        ),
        **_measure(fit, unseen, words, threshold, scale, shift, "words"),
    }
    surprises = [algorithmic.list_surprises(label, triples) for label in unseen]
    rare = sum(bits > algorithmic.RARE_BITS for each in surprises for bits in each)
    return Model(
        triples=base64.b64encode(zlib.compress(triples, 9)).decode(),
        means=_shorten(fit.means),
        deviations=_shorten(fit.deviations),
        weights=_shorten(fit.regression.coef_[0]),
        intercept=round(float(fit.regression.intercept_[0]), 5),
        scale=round(scale, 4),
        shift=round(shift, 4),
        threshold=round(threshold, 3),
        usual_rare=round(rare / sum(map(len, surprises)), 3),
        figures={name: round(value, 4) for name, value in figures.items()},
    )


def count_triples(labels: list[str]) -> bytes:
    """How surprising each letter is after two others, in sixteenths of a bit: a table of bytes."""
    size = len(ALPHABET)
    counts = numpy.zeros(size**3)
    for label in labels:
        for place in algorithmic.list_triples(label):
            counts[place] += 1
    cube = counts.reshape(size, size, size)
    pairs = cube.sum(axis=0)
    after_one = (pairs + 0.5) / (pairs + 0.5).sum(axis=1, keepdims=True)
    # Seldom pairs lean on the letter before alone (Dirichlet smoothing with the weight of 20 sightings).
    smooth = (cube + 20 * after_one[None]) / (cube.sum(axis=2, keepdims=True) + 20)
    bits = numpy.clip(numpy.rint(-numpy.log2(smooth) * STEPS), 0, 255)
    return bytes(bits.astype(numpy.uint8))


class _Fit:
    """A regression on labels and families, each family with the same weight, both sides alike."""

    def __init__(self, triples: bytes, benign: list[str], families: dict[str, list[str]]) -> None:
        self.triples = triples
        malicious = [label for labels in families.values() for label in labels]
        raw = self._measure([*benign, *malicious])
        self.means, self.deviations = raw.mean(axis=0), raw.std(axis=0) + 1e-9
        weights = [1 / len(benign)] * len(benign)
        for labels in families.values():
            weights += [1 / len(labels) / len(families)] * len(labels)
        self.regression = LogisticRegression(C=0.001, max_iter=2000)
        sides = [0] * len(benign) + [1] * len(malicious)
        self.regression.fit(self._square(raw), sides, sample_weight=numpy.array(weights) * len(benign))

    def score(self, labels: list[str]) -> Any:
        return self.regression.decision_function(self._square(self._measure(labels)))

    def _measure(self, labels: list[str]) -> Any:
        return numpy.array(
            [
                algorithmic.measure_label(label, algorithmic.list_surprises(label, self.triples))
                for label in labels
            ]
        )

    def _square(self, raw: Any) -> Any:
        scaled = numpy.clip((raw - self.means) / self.deviations, -algorithmic.FARTHEST, algorithmic.FARTHEST)
        places = range(scaled.shape[1])
        products = [scaled[:, a] * scaled[:, b] for a in places for b in places if b >= a]
        return numpy.column_stack([scaled, *products])


def _calibrate(triples: bytes, benign: list[str], families: dict[str, list[str]]) -> tuple[float, float]:
    """Platt's scaling on families that each of five fits did not see: unseen ones score lower than known."""
    scores: list[Any] = []
    sides: list[int] = []
    weights: list[float] = []
    names = sorted(families)
    for fold in range(5):
        out = set(names[fold::5])
        fit = _Fit(triples, benign[fold::2], {name: families[name] for name in names if name not in out})
        goods = benign[(fold + 1) % 2 :: 10]
        bads = [label for name in sorted(out) for label in families[name][::5]]
        for labels, side in ((goods, 0), (bads, 1)):
            scores.append(fit.score(labels))
            sides += [side] * len(labels)
            weights += [1 / len(labels)] * len(labels)
    platt = LogisticRegression(C=1e6).fit(
        numpy.concatenate(scores).reshape(-1, 1), sides, sample_weight=numpy.array(weights) * 1000
    )
    return float(platt.coef_[0][0]), float(platt.intercept_[0])


def _measure(
    fit: _Fit,
    unseen: list[str],
    families: dict[str, list[str]],
    threshold: float,
    scale: float,
    shift: float,
    prefix: str,
) -> dict[str, float]:
    """Recall of each family, and what all of them together show, beside entropy and length."""
    goods = fit.score(unseen) * scale + shift
    bads = {name: fit.score(labels) * scale + shift for name, labels in families.items()}
    recalls = {name: float((scores > threshold).mean()) for name, scores in bads.items()}
    recall = sum(recalls.values()) / len(recalls)
    labels = [label for each in families.values() for label in each]
    sides = [0] * len(unseen) + [1] * len(labels)
    plain = {
        "entropy": [algorithmic.measure_entropy(label) for label in [*unseen, *labels]],
        "length": [float(len(label)) for label in [*unseen, *labels]],
    }
    found = {f"{prefix}_{name}_recall": value for name, value in recalls.items()}
    found[f"{prefix}_recall"] = recall
    # As if there were as many names of malware as of others.
    found[f"{prefix}_precision"] = recall / (recall + float((goods > threshold).mean()))
    found[f"{prefix}_auc"] = float(roc_auc_score(sides, [*goods, *numpy.concatenate(list(bads.values()))]))
    found[f"{prefix}_calibration_error"] = _measure_calibration(goods, bads)
    for name, values in plain.items():
        found[f"{prefix}_{name}_auc"] = float(roc_auc_score(sides, values))
        cut = sorted(values[: len(unseen)])[math.ceil(len(unseen) * (1 - FALSE_ALARMS)) - 1]
        found[f"{prefix}_{name}_recall"] = sum(value > cut for value in values[len(unseen) :]) / len(labels)
    return found


def _measure_calibration(goods: Any, bads: dict[str, Any]) -> float:
    """How far stated probabilities are from shares, on average over ten bins; both sides weigh the same."""
    scores = numpy.concatenate([goods, *bads.values()])
    sides = numpy.array([0.0] * len(goods) + [1.0] * (len(scores) - len(goods)))
    weights = numpy.concatenate(
        [numpy.full(len(goods), 1 / len(goods))]
        + [numpy.full(len(each), 1 / len(each) / len(bads)) for each in bads.values()]
    )
    stated = 1 / (1 + numpy.exp(-scores))
    bins = numpy.minimum((stated * 10).astype(int), 9)
    gaps = 0.0
    for place in range(10):
        inside = bins == place
        mass = weights[inside].sum()
        if mass:
            mean = (stated[inside] * weights[inside]).sum() / mass
            share = (sides[inside] * weights[inside]).sum() / mass
            gaps += mass * abs(mean - share)
    return float(gaps / weights.sum())


def _shorten(values: Any) -> tuple[float, ...]:
    return tuple(round(float(value), 5) for value in array("d", values))


def main() -> int:
    model = train()
    TARGET.write_bytes(msgspec.json.format(msgspec.json.encode(model), indent=1) + b"\n")
    for name, value in model.figures.items():
        print(f"{name:<32} {value}")
    print(f"threshold {model.threshold}, scale {model.scale}, shift {model.shift}, rare {model.usual_rare}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
