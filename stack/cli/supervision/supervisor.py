"""Keeps the web process and the job runner alive, and ends them together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_POLL_SECONDS = 0.1
_STOP_SECONDS = 4.0
_SHORTEST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_HEALTHY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Role:
    """A kind of process: `module` is run as `python -m`, in a session of its own."""

    name: str
    title: str
    module: str
    options: Sequence[str] = ()


class Child:
    """One supervised process: started, watched, started again with growing pauses when it crashes."""

    def __init__(self, role: Role, environment: Mapping[str, str]) -> None:
        self.role = role
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._due = 0.0
        self._pause = _SHORTEST_PAUSE

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        # -P: modules are not looked for in the folder in which Stack happens to be started.
        module = [sys.executable, "-P", "-m", self.role.module]
        command = [*module, "--parent", str(os.getpid()), *self.role.options]
        # A session of its own: Ctrl-C reaches the supervisor alone, which then ends its children in order.
        self._process = subprocess.Popen(  # noqa: S603 - the interpreter and a module of ours
            command, env=dict(self._environment), stdin=subprocess.DEVNULL, start_new_session=True
        )
        self._started = time.monotonic()
        self._due = 0.0

    def describe_end(self) -> str:
        ending = describe_ending(self._process.poll() if self._process else None)
        return f"the {self.role.title} ended unexpectedly ({ending})"

    def revive(self) -> str:
        """Start a crashed process again when its pause is over; returns what is to be said, if anything."""
        if self._process is None or self.is_running:
            return ""
        now = time.monotonic()
        if self._due:
            if now >= self._due:
                self.start()
            return ""
        lived = now - self._started
        self._pause = _SHORTEST_PAUSE if lived > _HEALTHY_SECONDS else min(self._pause * 2, _LONGEST_PAUSE)
        self._due = now + self._pause
        return f"stack: {self.describe_end()}; starting it again in {self._pause:g} s"

    def signal_group(self, number: int) -> None:
        """Send a signal to the process and whatever it started."""
        if self._process is None or self._process.poll() is not None:
            return
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return

    def terminate(self) -> None:
        if self._process is not None and self.is_running:
            self._process.terminate()

    def wait(self, deadline: float) -> None:
        """Wait until it has ended; from `deadline` on it is killed with everything that it started."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.signal_group(signal.SIGKILL)
            self._process.wait()


class Supervisor:
    """Starts one process per role and runs until asked to stop; use as a context manager.

    `say` receives what happened unexpectedly; `publish` the process ids, at every start.
    """

    def __init__(
        self,
        roles: Sequence[Role],
        *,
        environment: Mapping[str, str],
        say: Callable[[str], None],
        publish: Callable[[Mapping[str, int]], None],
    ) -> None:
        self._children = [Child(role, environment) for role in roles]
        self._say = say
        self._publish = publish
        self.is_stopping = False

    def __enter__(self) -> "Supervisor":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        for child in self._children:
            child.start()
        self._publish_children()
        return self

    def __exit__(self, *_: object) -> None:
        deadline = time.monotonic() + _STOP_SECONDS
        for child in self._children:
            child.terminate()
        for child in self._children:
            child.wait(deadline)

    def all_running(self) -> bool:
        """Nothing has crashed and nobody asked to stop: whether it is worth waiting for readiness."""
        return not self.is_stopping and all(child.is_running for child in self._children)

    def describe_fallen(self) -> str:
        """Which processes have ended by themselves, and how; empty when none has."""
        return "; ".join(child.describe_end() for child in self._children if not child.is_running)

    def watch(self) -> None:
        """Revive what crashes, until asked to stop."""
        while not self.is_stopping:
            time.sleep(_POLL_SECONDS)
            before = [child.pid for child in self._children]
            for child in self._children:
                if message := child.revive():
                    self._say(message)
            if before != [child.pid for child in self._children]:
                self._publish_children()

    def _ask_to_stop(self, *_: object) -> None:
        # Only a flag: an Event's lock could be held by the very code that the signal has interrupted.
        self.is_stopping = True

    def _publish_children(self) -> None:
        self._publish({child.role.name: child.pid for child in self._children})


def describe_ending(code: int | None) -> str:
    """An exit status for people: `exit code 1`, or the name of the signal."""
    if code is None or code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
