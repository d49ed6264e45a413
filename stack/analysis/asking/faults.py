"""Why an asking came to no answer."""

from stack.analysis.asking.records import Outcome


class AskFault(Exception):
    """`is_fault`: the service did not do its part, which its gate counts. `was_sent`: it may have answered
    what was paid for, and that is lost. `retry_after_s` is what the service asks for."""

    def __init__(
        self,
        outcome: Outcome,
        message: str,
        *,
        is_fault: bool = False,
        was_sent: bool = False,
        retry_after_s: float | None = None,
        retry_at: int | None = None,
    ) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.message = message
        self.is_fault = is_fault
        self.was_sent = was_sent
        self.retry_after_s = retry_after_s
        self.retry_at = retry_at
