"""Names as families of malware make them, to train and measure the score of algorithmic names.

Each generator is written after published descriptions of its family: the alphabet, lengths and recurrence
or digest that draw the letters. Seeds are arbitrary, so that the names are of the family's form rather than
those of a certain day: nobody ever registered most of them.
"""

import hashlib
import math
from collections.abc import Callable, Iterator
from itertools import count
from typing import Final

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_DIGITS: Final = "0123456789"
_VOWELS: Final = "aeiouy"
_CONSONANTS: Final = "bcdfghjklmnpqrstvwxz"
_M32: Final = 0xFFFFFFFF
_M64: Final = 0xFFFFFFFFFFFFFFFF

Generator = Callable[[int], Iterator[str]]
"""From a seed to names without end: the label that is registered, without its suffix."""


class _Congruential:
    """x = (a x + c) mod m: what most families draw their letters with."""

    def __init__(self, seed: int, a: int, c: int, *, mask: int = _M32) -> None:
        self.x, self.a, self.c, self.mask = seed & mask, a, c, mask

    def draw(self, below: int) -> int:
        self.x = (self.x * self.a + self.c) & self.mask
        return (self.x >> 16) % below


class _ParkMiller:
    """Schrage's form of x = 16807 x mod (2^31 - 1), as in Ramnit and Dircrypt."""

    def __init__(self, seed: int) -> None:
        self.x = seed % 0x7FFFFFFF or 1

    def draw(self, below: int) -> int:
        high, low = divmod(self.x, 127773)
        self.x = (16807 * low - 2836 * high) % 0x7FFFFFFF
        return self.x % below


class _XorShift:
    """Marsaglia's 32-bit generator, as in Nymaim."""

    def __init__(self, seed: int) -> None:
        self.x = [seed & _M32 or 1, seed * 7 & _M32, seed * 13 & _M32, seed * 31 & _M32]

    def draw(self, below: int) -> int:
        a, b, c, d = self.x
        t = (a ^ (a << 11)) & _M32
        self.x = [b, c, d, (d ^ (d >> 19) ^ t ^ (t >> 8)) & _M32]
        return self.x[3] % below


def _pick(draw: Callable[[int], int], alphabet: str, length: int) -> str:
    return "".join(alphabet[draw(len(alphabet))] for _ in range(length))


def _conficker(seed: int) -> Iterator[str]:
    """8 to 11 letters (B: 5 to 11), from a product of sines and a 64-bit recurrence."""
    state = seed * 0x5DEECE66D & _M64
    while True:
        letters = []
        for _ in range(12):
            state = (state * 0x0A2A1C4D5EB7 + 0xB46A7637) & _M64
            wave = math.sin(state % 10_000_019) * math.log(state % 1_000_003 + 2)
            letters.append(_LETTERS[int(abs(wave) * 1e6) % 26])
        yield "".join(letters[: 5 + state % 7])


def _cryptolocker(seed: int) -> Iterator[str]:
    """12 to 15 letters from three words that are shifted into each other."""
    for index in count():
        day, month, year = (seed + index) & 0xFFFF, (seed >> 3) + index & 0xFFFF, seed * 7 & 0xFFFF
        letters = []
        for _ in range(12 + (seed + index) % 4):
            day = ((day << 13 & _M32) >> 19) ^ ((day >> 1) << 13 & _M32) ^ (day * 0x9E3779B1 & _M32) >> 7
            month = ((month << 2 & _M32) >> 25) ^ ((month & 0xFFFFFFF8) << 4 & _M32) ^ month * 69069 & _M32
            year = ((year << 3 & _M32) >> 11) ^ ((year & 0xFFFFFFF0) << 17 & _M32) ^ (year * 48271 & _M32)
            letters.append(chr(ord("a") + (day ^ month ^ year) % 25))
        yield "".join(letters)


def _of_letters(make: Callable[[int], Callable[[int], int]], low: int, high: int, alphabet: str) -> Generator:
    """Letters of one alphabet, a length that the same recurrence draws."""

    def generate(seed: int) -> Iterator[str]:
        draw = make(seed)
        while True:
            yield _pick(draw, alphabet, low + draw(high - low + 1))

    return generate


def _congruential(a: int, c: int) -> Callable[[int], Callable[[int], int]]:
    return lambda seed: _Congruential(seed, a, c).draw


def _of_digest(algorithm: str, start: int, length: int, alphabet: str) -> Generator:
    """Nibbles or bytes of a digest of seed and number, written in an alphabet."""

    def generate(seed: int) -> Iterator[str]:
        for index in count():
            digest = hashlib.new(algorithm, f"{seed}-{index}".encode()).hexdigest()
            if alphabet == "hex":
                yield digest[start : start + length]
            else:
                pairs = (int(digest[place : place + 2], 16) for place in range(0, len(digest), 2))
                yield "".join(
                    alphabet[value % len(alphabet)] for value in list(pairs)[start : start + length]
                )

    return generate


def _newgoz(seed: int) -> Iterator[str]:
    """Gameover: an MD5 in base 36, the bytes of each word reversed; 20 to 28 characters."""
    for index in count():
        digest = hashlib.md5(f"{seed}{index}".encode()).digest()
        text = ""
        for place in range(0, 16, 4):
            number = int.from_bytes(digest[place : place + 4], "little")
            part = ""
            while number:
                number, rest = divmod(number, 36)
                part += (_DIGITS + _LETTERS)[rest]
            text += part
        yield text


def _dyre(seed: int) -> Iterator[str]:
    """A letter and 33 hexadecimal digits of a SHA-256."""
    for index in count():
        yield _LETTERS[index % 26] + hashlib.sha256(f"{seed}{index}".encode()).hexdigest()[3:36]


def _simda(seed: int) -> Iterator[str]:
    """Consonants and vowels in turn, 5 to 11 letters: they can be spoken."""
    draw = _Congruential(seed, 1103515245, 12345).draw
    while True:
        length = 5 + draw(7)
        yield "".join(
            (_CONSONANTS if place % 2 == 0 else _VOWELS)[draw(20 if place % 2 == 0 else 6)]
            for place in range(length)
        )


def _symmi(seed: int) -> Iterator[str]:
    """Vowel, consonant, vowel… from a vowel or a consonant on, 8 to 15 letters."""
    draw = _Congruential(seed, 214013, 2531011).draw
    while True:
        is_vowel = draw(2)
        letters = []
        for _ in range(8 + draw(8)):
            letters.append(_VOWELS[draw(6)] if is_vowel else _CONSONANTS[draw(20)])
            is_vowel ^= 1
        yield "".join(letters)


def _vawtrak(seed: int) -> Iterator[str]:
    """Syllables of a consonant, a vowel and often a consonant, 7 to 11 letters."""
    draw = _Congruential(seed, 1664525, 1013904223).draw
    while True:
        text = ""
        while len(text) < 7:
            text += _CONSONANTS[draw(20)] + _VOWELS[draw(5)] + (_CONSONANTS[draw(20)] if draw(3) else "")
        yield text[:11]


def _pykspa(seed: int) -> Iterator[str]:
    """6 to 15 letters, where a vowel must follow a run of consonants."""
    draw = _Congruential(seed, 22695477, 1).draw
    while True:
        text = ""
        for _ in range(6 + draw(10)):
            text += (
                _VOWELS[draw(6)]
                if text[-2:].strip(_VOWELS) == text[-2:] and len(text) > 1
                else _LETTERS[draw(26)]
            )
        yield text


def _banjori(seed: int) -> Iterator[str]:
    """The first four letters of a fixed text change from name to name, the rest stays."""
    tails = ("stnesstbars", "satformalisticirekb", "leasuredehydratorysagp", "vistarelinkwanten")
    text = [*_pick(_Congruential(seed, 214013, 2531011).draw, _LETTERS, 4), *tails[seed % 4]]
    while True:
        values = [ord(letter) - 97 for letter in text]
        changed = [
            values[0] + values[3],
            values[0] + 2 * values[1],
            values[0] + values[2] - 1,
            values[1] + values[2] + values[3],
        ]
        text[:4] = [chr(97 + value % 26) for value in changed]
        yield "".join(text)


def _shiotob(seed: int) -> Iterator[str]:
    """Letters with digits strewn in, 7 to 15."""
    draw = _Congruential(seed, 0x343FD, 0x269EC3).draw
    while True:
        yield "".join(_DIGITS[draw(10)] if draw(7) == 0 else _LETTERS[draw(26)] for _ in range(7 + draw(9)))


def _virut(seed: int) -> Iterator[str]:
    """Six letters, vowels as often as consonants."""
    draw = _Congruential(seed, 134775813, 1).draw
    while True:
        yield "".join(
            (_VOWELS if draw(2) else _LETTERS)[draw(5)] if draw(3) else _LETTERS[draw(26)] for _ in range(6)
        )


_ALNUM: Final = _LETTERS + _DIGITS
ARITHMETIC: Final[dict[str, Generator]] = {
    "bamital": _of_digest("md5", 0, 32, "hex"),
    "banjori": _banjori,
    "chinad": _of_digest("sha256", 0, 16, _ALNUM),
    "conficker": _conficker,
    "corebot": _of_letters(_congruential(1664525, 1013904223), 12, 23, "abcdefghijklmnopqrstuvwx012345678"),
    "cryptolocker": _cryptolocker,
    "dircrypt": _of_letters(lambda seed: _ParkMiller(seed).draw, 8, 20, _LETTERS),
    "dyre": _dyre,
    "emotet": _of_letters(_congruential(0x19660D, 0x3C6EF35F), 16, 16, "abcdefghijklmnopqrstuvwxy"),
    "fobber": _of_letters(_congruential(0x45D9F3B, 0x9B), 10, 17, _LETTERS),
    "gspy": _of_digest("md5", 4, 16, "hex"),
    "locky": _of_letters(_congruential(0xB11924E1, 0x27100001), 5, 17, "abcdefghijklmnopqrstuvwxy"),
    "murofet": _of_digest("md5", 0, 15, _LETTERS),
    "necurs": _of_letters(
        _congruential(6364136223846793005 & _M32, 1442695041), 7, 21, "abcdefghijklmnopqrstuvwxy"
    ),
    "newgoz": _newgoz,
    "nymaim": _of_letters(lambda seed: _XorShift(seed).draw, 5, 12, _LETTERS),
    "padcrypt": _of_digest("sha256", 0, 16, "abcdefnolmk"),
    "pykspa": _pykspa,
    "qadars": _of_letters(_congruential(0x343FD, 0x69BB), 12, 12, _ALNUM),
    "qakbot": _of_letters(_congruential(1812433253, 1), 8, 25, _LETTERS),
    "ramdo": _of_letters(_congruential(0x0018FFAD, 0x5F6A7), 16, 16, "acegikmoqsuwy"),
    "ramnit": _of_letters(lambda seed: _ParkMiller(seed).draw, 8, 19, "abcdefghijklmnopqrstuvwxy"),
    "ranbyus": _of_letters(_congruential(0x10DCD, 0x3039), 14, 17, "abcdefghijklmnopqrstuvwxy"),
    "rovnix": _of_letters(_congruential(0x19660D, 0x3C6EF35F), 18, 18, _LETTERS + "12345678"),
    "shiotob": _shiotob,
    "simda": _simda,
    "symmi": _symmi,
    "tinba": _of_letters(_congruential(0x41C64E6D, 0x3039), 12, 12, "abcdefghijklmnopqrstuvwxy"),
    "vawtrak": _vawtrak,
    "virut": _virut,
}


def make_word_families(words: list[str]) -> dict[str, Generator]:
    """Families that put words of a list together, over this list."""

    def suppobox(seed: int) -> Iterator[str]:
        draw = _Congruential(seed, 214013, 2531011).draw
        while True:
            yield words[draw(len(words))] + words[draw(len(words))]

    def matsnu(seed: int) -> Iterator[str]:
        draw = _Congruential(seed, 1103515245, 12345).draw
        while True:
            text = ""
            while len(text) < 12 + draw(9):
                text += words[draw(len(words))]
            yield text[:24]

    def gozi(seed: int) -> Iterator[str]:
        draw = _Congruential(seed, 1664525, 1013904223).draw
        while True:
            text = ""
            while len(text) < 12:
                word = words[draw(len(words))]
                text += word[: len(word) // 2] if draw(2) else word
            yield text[:24]

    def nymaim2(seed: int) -> Iterator[str]:
        draw = _XorShift(seed).draw
        while True:
            yield words[draw(len(words))] + ("-" if draw(3) == 0 else "") + words[draw(len(words))]

    return {"suppobox": suppobox, "matsnu": matsnu, "gozi": gozi, "nymaim2": nymaim2}


def generate_names(family: Generator, *, number: int, seeds: int = 10) -> list[str]:
    """So many distinct names, from several seeds, in the order of their making."""
    found: dict[str, None] = {}
    for seed in range(1, seeds + 1):
        wanted = number * seed // seeds
        for tried, name in enumerate(family(seed * 7919 + 20_26)):
            if len(found) >= wanted or tried > 20 * number:
                break
            found[name] = None
    return list(found)
