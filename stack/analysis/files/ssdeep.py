"""ssdeep, the context-triggered piecewise hash (Kornblum 2006), computed with numpy, exact as version 2.14.

A rolling sum over seven bytes says where pieces end; each piece gives one character, the low six bits of an
FNV hash that begins anew with it. Byte by byte that is slow in Python, so neither is done so. The rolling sum
is worked out for many places at once. The low six bits of FNV (h * 19 ^ byte, modulo 64) are one bit after
the other: each is the bit before, turned by what the lower bits and the byte make of it, so it is a running
xor, which goes 64 bytes to the machine word.
"""

from typing import TYPE_CHECKING, Any, Final

from stack.analysis.files.arrays import set_up_numpy

if TYPE_CHECKING:
    import numpy

    Words = numpy.ndarray[tuple[int], numpy.dtype[numpy.uint64]]

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_SMALLEST: Final = 3
_LENGTH, _HALF = 64, 32
_START: Final = 0x27
_FACTOR: Final = 19
_WINDOW: Final = 7
_CHUNK: Final = 1 << 18
# Below the block size that the length suggests: seldom is a smaller one taken.
_LEVELS_BELOW: Final = 2


def hash_ssdeep(data: memoryview) -> str:
    """The hash of these bytes: "block size:hash:hash of twice the block size"."""
    if not len(data):
        return f"{_SMALLEST}::"
    guess = 0
    while (_SMALLEST << guess) * _LENGTH < len(data):
        guess += 1
    lowest = max(0, guess - _LEVELS_BELOW)
    places, last_sum = _find_ends(data, lowest, guess + 1)
    level = _choose_level(places, lowest, guess)
    if level < 0:
        lowest = 0
        places, last_sum = _find_ends(data, 0, guess + 1)
        level = max(0, _choose_level(places, 0, guess))
    planes = _split_bits(data)
    ends = places[level - lowest]
    first = _write(data, planes, ends, _LENGTH - 1, goes_on=last_sum != 0)
    if ends.count:
        second = _write(data, planes, places[level + 1 - lowest], _HALF - 1, goes_on=last_sum != 0)
    else:
        second = first
    return f"{_SMALLEST << level}:{first}:{second}"


class _Ends:
    """Where pieces end for one block size: how many there are, the first, and the very last."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[int] = []
        self.last = -1

    def add(self, places: Any) -> None:
        if len(self.first) < _LENGTH:
            self.first += places[: _LENGTH - len(self.first)].tolist()
        self.count += len(places)
        if len(places):
            self.last = int(places[-1])


def _choose_level(places: list[_Ends], lowest: int, guess: int) -> int:
    """The largest block size, from the guess down, that gives half the length; -1 where none does."""
    level = guess
    while level >= lowest and min(places[level - lowest].count, _LENGTH - 1) < _HALF:
        level -= 1
    return level if level >= lowest else -1


def _find_ends(data: memoryview, lowest: int, highest: int) -> tuple[list[_Ends], int]:
    """For each block size of this range where pieces end, and the rolling sum after the last byte."""
    numpy = set_up_numpy()
    found = [_Ends() for _ in range(lowest, highest + 1)]
    sums = numpy.zeros(1, dtype=numpy.uint32)
    mask = numpy.uint32((1 << lowest) - 1)
    for begin in range(0, len(data), _CHUNK):
        before = max(0, begin - _WINDOW + 1)
        chunk = numpy.frombuffer(data[before : begin + _CHUNK], dtype=numpy.uint8)
        padding = _WINDOW - 1 - (begin - before)
        if padding:
            chunk = numpy.concatenate((numpy.zeros(padding, dtype=numpy.uint8), chunk))
        sums = _sum_windows(chunk)
        following = sums + numpy.uint32(1)
        places = numpy.flatnonzero((following & mask) == 0) if lowest else numpy.arange(len(following))
        values = following[places]
        is_end = (values % _SMALLEST == 0) & (values != 0)
        places, values = places[is_end] + begin, values[is_end]
        for level, ends in enumerate(found, lowest):
            chosen = (values & numpy.uint32((1 << level) - 1)) == 0
            places, values = places[chosen], values[chosen]
            ends.add(places)
    return found, int(sums[-1])


def _sum_windows(chunk: Any) -> Any:
    """The rolling sum at each byte after the first six: weighted sum of the window, and its shifted xor."""
    numpy = set_up_numpy()
    size = len(chunk) - _WINDOW + 1
    short, wide = chunk.astype(numpy.uint16), chunk.astype(numpy.uint32)
    weighted = numpy.zeros(size, dtype=numpy.uint16)
    for back in range(_WINDOW):
        weighted += short[_WINDOW - 1 - back :][:size] * numpy.uint16(8 - back)
    # Of one, of two, of four, of six bytes back, then the seventh, of which two bits are left.
    two = wide.copy()
    two[1:] ^= wide[:-1] << numpy.uint32(5)
    shifted = two.copy()
    shifted[2:] ^= two[:-2] << numpy.uint32(10)
    shifted[4:] ^= two[:-4] << numpy.uint32(20)
    shifted[6:] ^= wide[:-6] << numpy.uint32(30)
    return shifted[_WINDOW - 1 :] + weighted


def _split_bits(data: memoryview) -> "list[Words]":
    """The low six bits of all bytes: of each bit one plane, 64 bytes to the word, with room for one more."""
    numpy = set_up_numpy()
    source = numpy.frombuffer(data, dtype=numpy.uint8)
    planes = []
    for bit in range(6):
        plane = numpy.zeros((len(data) // 64 + 1) * 8, dtype=numpy.uint8)
        for begin in range(0, len(data), _CHUNK):
            packed = numpy.packbits(source[begin : begin + _CHUNK] & (1 << bit), bitorder="little")
            plane[begin // 8 : begin // 8 + len(packed)] = packed
        planes.append(plane.view(numpy.dtype("<u8")))
    return planes


def _write(data: memoryview, planes: "list[Words]", ends: _Ends, most: int, *, goes_on: bool) -> str:
    """The characters of the first `most` pieces, and one for all that comes after them.

    Where the rolling sum ends at zero (not `goes_on`) the last one is left out, or is that of the last end.
    """
    pieces = ends.first[:most]
    wanted = [*pieces, len(data)]
    if not goes_on and ends.count > most:
        wanted[-1] = ends.last
    states = _advance(planes, [0, *(end + 1 for end in pieces)], wanted)
    if goes_on:
        after = [_step(state, data[end]) for state, end in zip(states, pieces, strict=False)] + states[-1:]
    else:
        after = [
            _step(state, data[end]) for state, end in zip(states, wanted, strict=True) if end < len(data)
        ]
    return "".join(_LETTERS[state] for state in after)


def _step(state: int, byte: int) -> int:
    return (state * _FACTOR ^ byte) & 63


def _advance(planes: "list[Words]", starts: list[int], wanted: list[int]) -> list[int]:
    """The state before each of the wanted bytes, where it begins anew at each start.

    19 h is h + 2h + 16h: what is added and carried into each bit is written out.
    """
    numpy = set_up_numpy()
    at = numpy.array(starts, dtype=numpy.int64)
    lower: list[Any] = []
    for bit in range(6):
        turned = planes[bit].copy()
        turned ^= _carry_into(bit, lower) if bit else numpy.uint64(0)
        running = _run_xor(turned) ^ turned
        values = _read_bits(running, at) ^ (_START >> bit & 1)
        toggles = values.copy()
        toggles[1:] ^= values[:-1]
        mask = numpy.zeros_like(running)
        numpy.bitwise_xor.at(mask, at >> 6, toggles << (at & 63).astype(numpy.uint64))
        lower.append(running ^ _run_xor(mask))
    places = numpy.array(wanted, dtype=numpy.int64)
    states = sum(_read_bits(plane, places) << numpy.uint64(bit) for bit, plane in enumerate(lower))
    return [int(state) for state in numpy.atleast_1d(states)]


def _carry_into(bit: int, h: list[Any]) -> Any:
    """What 19 h has in this bit beside the bit itself."""
    carry: Any = 0
    for each in range(1, min(bit, 4)):
        carry = (h[each] & h[each - 1]) | (carry & (h[each] ^ h[each - 1]))
    if bit < 4:
        return h[bit - 1] ^ carry
    if bit == 4:
        return h[3] ^ carry ^ h[0]
    total = h[4] ^ h[3] ^ carry
    carry = (h[4] & h[3]) | (carry & (h[4] ^ h[3]))
    return h[4] ^ h[1] ^ carry ^ (total & h[0])


def _run_xor(words: Any) -> Any:
    """For each bit the xor of it and all before it."""
    numpy = set_up_numpy()
    result = words.copy()
    for shift in (1, 2, 4, 8, 16, 32):
        result ^= result << numpy.uint64(shift)
    before = numpy.bitwise_xor.accumulate(result >> numpy.uint64(63))
    result[1:] ^= numpy.uint64(0) - before[:-1]
    return result


def _read_bits(words: Any, places: Any) -> Any:
    numpy = set_up_numpy()
    return words[places >> 6] >> (places & 63).astype(numpy.uint64) & numpy.uint64(1)
