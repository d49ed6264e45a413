"""Whether a label was made up by a program: a small model, trained by `benchmarks.analysis.train_names`.

A table of letter triples says how surprising each letter is after the two before it, among the names of known
sites; a logistic regression weighs that with the label's form. Names that are put together from words of a
list look like anybody's, and are not recognised: the figures beside the weights say how seldom.
"""

import base64
import math
import zlib
from functools import cache
from itertools import combinations_with_replacement, pairwise
from pathlib import Path
from typing import Final

import msgspec

ALPHABET: Final = "^abcdefghijklmnopqrstuvwxyz0123456789-"
"""The first stands for either end of a label."""
SHORTEST: Final = 6
"""Labels below this say too little: every arrangement of five letters is somebody's abbreviation."""
STEPS: Final = 16
"""A surprise is kept in sixteenths of a bit."""
RARE_BITS: Final = 7.0
FARTHEST: Final = 3.0
"""A feature counts no more beyond so many standard deviations: products of far ones mean nothing."""
_INDEX: Final = {letter: place for place, letter in enumerate(ALPHABET)}
_VOWELS: Final = frozenset("aeiouy")
_HEX: Final = frozenset("0123456789abcdef")


class Model(msgspec.Struct, frozen=True):
    """What the file holds. `triples` is a compressed byte for each triple; weights are for `square_features`.

    `scale` and `shift` make a log-likelihood ratio of the weighed sum. Above `threshold` a label is called
    algorithmic. `figures` are those of names and families that were held out.
    """

    triples: str
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    scale: float
    shift: float
    threshold: float
    usual_rare: float
    figures: dict[str, float]


class LabelScore(msgspec.Struct, frozen=True):
    """`log_odds`: how much more often generators make such a label than people, in natural logarithms.

    `rare` of `triples` are seldom in the names of known sites.
    """

    log_odds: float
    is_algorithmic: bool
    rare: int
    triples: int


def score_label(label: str) -> LabelScore | None:
    """None for a label that is too short, international, or not of letters, digits and hyphens."""
    if len(label) < SHORTEST or label.startswith("xn--") or not all(letter in _INDEX for letter in label):
        return None
    model = load_model()
    surprises = list_surprises(label, _load_triples())
    values = square_features(measure_label(label, surprises), model.means, model.deviations)
    total = model.intercept + sum(map(float.__mul__, model.weights, values))
    log_odds = model.scale * total + model.shift
    return LabelScore(
        log_odds=round(log_odds, 2),
        is_algorithmic=log_odds > model.threshold,
        rare=sum(bits > RARE_BITS for bits in surprises),
        triples=len(surprises),
    )


@cache
def load_model() -> Model:
    data = Path(__file__).with_name("algorithmic.json").read_bytes()
    return msgspec.json.decode(data, type=Model)


@cache
def _load_triples() -> bytes:
    return zlib.decompress(base64.b64decode(load_model().triples))


def list_triples(label: str) -> list[int]:
    """The place in the table of each letter after the two before it, both ends among them."""
    places = [0, 0, *(_INDEX[letter] for letter in label), 0]
    size = len(ALPHABET)
    return [
        (first * size + second) * size + third
        for first, second, third in zip(places, places[1:], places[2:], strict=False)
    ]


def list_surprises(label: str, triples: bytes) -> list[float]:
    """How surprising each letter is after the two before it, in bits."""
    return [triples[place] / STEPS for place in list_triples(label)]


def measure_label(label: str, surprises: list[float]) -> tuple[float, ...]:
    """The features of a label, unscaled."""
    length = len(label)
    mean = sum(surprises) / len(surprises)
    letters = [letter for letter in label if letter.isalpha()]
    vowels = sum(letter in _VOWELS for letter in letters)
    turns = sum((a in _VOWELS) != (b in _VOWELS) for a, b in pairwise(letters))
    return (
        mean,
        (sum(surprises) - 3.6 * len(surprises)) / math.sqrt(len(surprises)),
        _find_steadiest(surprises),
        math.log(length),
        (length - len(letters) - label.count("-")) / length,
        vowels / max(len(letters), 1),
        turns / max(len(letters) - 1, 1),
        float(_find_longest_run(label)),
        sum(a.isdigit() != b.isdigit() for a, b in pairwise(label)) / length,
        measure_entropy(label),
        float(label.count("-")),
        float(length >= 12 and _HEX.issuperset(label)),
    )


def square_features(
    values: tuple[float, ...], means: tuple[float, ...], deviations: tuple[float, ...]
) -> list[float]:
    """The features in standard deviations, three at most, and all products of two of them."""
    scaled = [
        max(-FARTHEST, min(FARTHEST, (value - mean) / deviation))
        for value, mean, deviation in zip(values, means, deviations, strict=True)
    ]
    return scaled + [a * b for a, b in combinations_with_replacement(scaled, 2)]


def measure_entropy(label: str) -> float:
    """Shannon's entropy of the letters, in bits."""
    length = len(label)
    shares = [label.count(letter) / length for letter in dict.fromkeys(label)]
    return -sum(share * math.log2(share) for share in shares)


def _find_steadiest(surprises: list[float]) -> float:
    """The mean of the six letters in a row that surprise least: a word somewhere in the name."""
    size = min(6, len(surprises))
    return min(sum(surprises[place : place + size]) / size for place in range(len(surprises) - size + 1))


def _find_longest_run(label: str) -> int:
    """The longest run without a vowel or hyphen."""
    longest = run = 0
    for letter in label:
        run = 0 if letter in _VOWELS or letter == "-" else run + 1
        longest = max(longest, run)
    return longest
