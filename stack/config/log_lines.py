"""`STACK_LOG_FORMAT`: lines of text for people, or a JSON object a line for what collects logs.

Both are redacted when they are finished, so that arguments and tracebacks are covered too.
"""

import logging
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import orjson

from stack.config.environment import read_choice
from stack.config.log_redaction import RedactingFormatter, redact_secrets
from stack.core import measures
from stack.core.acts import current_origin
from stack.core.tracing import current_job, current_traceparent

_log = logging.getLogger(__name__)
_LONGEST_EXCEPTION = 16_000


class JsonFormatter(logging.Formatter):
    """`time` (RFC 3339, UTC), `level`, `logger`, `message`, `process`, and where there are any `request_id`,
    `job_id`, `trace_id`, `span_id` and `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact_secrets(_say(record)),
            "process": record.process,
        }
        line |= _describe_context()
        if record.exc_info and record.exc_info[0] is not None:
            text = redact_secrets(self.formatException(record.exc_info))
            # The end of a traceback says what happened; its beginning is the server's own.
            line["exception"] = text[-_LONGEST_EXCEPTION:]
        return orjson.dumps(line, default=str).decode()


def _say(record: logging.LogRecord) -> str:
    """A message whose arguments do not fit it is a fault of a library, and must not lose the line."""
    try:
        # A lone surrogate, as of a file's name, cannot be written as UTF-8.
        return record.getMessage().encode("utf-8", "backslashreplace").decode()
    except (TypeError, ValueError):
        return f"{record.msg} {record.args!r}"


def _describe_context() -> dict[str, Any]:
    found: dict[str, Any] = {}
    if request_id := current_origin().request_id:
        found["request_id"] = request_id
    if (job_id := current_job()) is not None:
        found["job_id"] = job_id
    if traceparent := current_traceparent():
        _, found["trace_id"], found["span_id"], _ = traceparent.split("-")
    return found


class CountingHandler(logging.Handler):
    """Counts what is written at ERROR and above."""

    def __init__(self) -> None:
        super().__init__(level=logging.ERROR)

    def emit(self, record: logging.LogRecord) -> None:
        measures.count_error()


def log_what_is_uncaught() -> None:
    """Warnings of libraries, and what ends the process or a thread of it, become lines of the log too."""
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda thrown: (
        _log_uncaught(thrown.exc_type, thrown.exc_value, thrown.exc_traceback)
        if thrown.exc_value is not None
        else None
    )


def _log_uncaught(kind: type[BaseException], error: BaseException, place: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        sys.__excepthook__(kind, error, place)
    else:
        _log.critical("nobody caught this", exc_info=(kind, error, place))


def configure_server_log() -> dict[str, Any]:
    """For the web server itself, which speaks before the settings are read and in a process without them."""
    return {
        "formatters": {"line": choose_formatter()},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "line"},
        },
        "loggers": {"_granian": {"handlers": ["stderr"], "propagate": False}},
    }


def choose_formatter() -> dict[str, Any]:
    """The formatter of Django's LOGGING that `STACK_LOG_FORMAT` asks for."""
    if read_choice("STACK_LOG_FORMAT", "text", ("text", "json")) == "json":
        return {"()": JsonFormatter}
    return {"()": RedactingFormatter, "fmt": "%(asctime)s %(levelname)s %(name)s: %(message)s"}
