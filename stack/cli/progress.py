"""One line of honest progress on standard error, for a terminal only."""

import time

from stack.cli.backend.records import JobView
from stack.cli.output import Output, show_cell

_INTERVAL = 0.1
_UNITS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


class Line:
    """A line on standard error that is written over; silent with `--quiet` and where that is no terminal."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._is_shown = output.err.isatty() and not output.quiet
        self._next = 0.0
        self._width = 0

    def show(self, text: str) -> None:
        if not self._is_shown or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _INTERVAL
        self._output.err.write("\r" + text.ljust(self._width))
        self._output.err.flush()
        self._width = len(text)

    def clear(self) -> None:
        if self._width:
            self._output.err.write("\r" + " " * self._width + "\r")
            self._output.err.flush()
            self._width = 0


class Progress:
    """Shows how far a job is."""

    def __init__(self, output: Output, label: str) -> None:
        self._label = show_cell(label)
        self._line = Line(output)

    def show(self, job: JobView) -> None:
        self._line.show(f"{self._label}: {describe_progress(job)}")

    def clear(self) -> None:
        self._line.clear()


def describe_progress(job: JobView) -> str:
    """`reading 43 %, 11.2 MB of 25.9 MB, 9.8 MB/s, 2 s left`."""
    parts = [f"{job.phase or job.state}" + (f" {job.percent} %" if job.percent is not None else "")]
    amount = show_amount(job.done, job.unit)
    parts.append(f"{amount} of {show_amount(job.total, job.unit)}" if job.total else amount)
    if job.rate:
        parts.append(f"{show_amount(int(job.rate), job.unit)}/s")
    if job.eta is not None:
        parts.append(f"{job.eta:.0f} s left")
    return ", ".join(parts)


def show_amount(amount: int, unit: str) -> str:
    if unit != "bytes":
        return f"{amount:,} {unit}"
    for name, size in _UNITS:
        if amount >= size:
            return f"{amount / size:.1f} {name}"
    return f"{amount} B"
