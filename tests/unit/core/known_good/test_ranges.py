from hypothesis import given
from hypothesis import strategies as st

from stack.core.known_good.ranges import Range, flatten_ranges

_RANGES = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 3)).map(
        lambda each: (min(each[:2]), max(each[:2]), each[2])
    ),
    max_size=12,
)


@given(_RANGES)
def test_each_address_has_the_slots_of_the_ranges_that_hold_it(ranges: list[Range]) -> None:
    flat = list(flatten_ranges(ranges))
    assert [start for start, _ in flat] == sorted({start for start, _ in flat})
    for address in range(62):
        held = next(slots for start, slots in reversed(flat) if start <= address)
        assert held == {slot for first, last, slot in ranges if first <= address <= last}
