"""Why an asking came to no answer."""

from stack.analysis.asking.records import Outcome


class AskFault(Exception):
    """`is_fault`: the service did not do its part, which its gate counts. `was_sent`: it may have answered
    what was paid for, and that is lost. `retry_after_s` is what the service asks for.

    `said` are words of the service, which may name what it was asked: they are told to whoever asked, and
    `plain`, without them, to everybody who shares the credential.
    """

    def __init__(
        self,
        outcome: Outcome,
        plain: str,
        *,
        said: str = "",
        is_fault: bool = False,
        was_sent: bool = False,
        retry_after_s: float | None = None,
        retry_at: int | None = None,
    ) -> None:
        super().__init__(plain)
        self.outcome = outcome
        self.plain = plain
        self.message = f"{plain}: {said}" if said else plain
        self.is_fault = is_fault
        self.was_sent = was_sent
        self.retry_after_s = retry_after_s
        self.retry_at = retry_at
