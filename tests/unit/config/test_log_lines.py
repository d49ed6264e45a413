"""A line of the log as JSON: whole, on one line, with the ids of what it belongs to and without secrets."""

import json
import logging
import sys
from collections.abc import Mapping
from typing import Any

from stack.config.log_lines import JsonFormatter
from stack.core.acts import Origin, acting_from
from stack.core.tracing import working_on

KEY = "stk_0123456789ab_" + "f" * 48


def write(message: str, *arguments: Any, is_failing: bool = False) -> Mapping[str, Any]:
    record = logging.LogRecord(
        "stack.jobs", logging.ERROR, __file__, 1, message, arguments, sys.exc_info() if is_failing else None
    )
    line = JsonFormatter().format(record)
    assert "\n" not in line
    found: Mapping[str, Any] = json.loads(line)
    return found


def test_a_line_says_when_who_and_what() -> None:
    found = write("job %d\nis done", 5)
    assert found["time"].endswith("+00:00")
    assert {name: found[name] for name in ("level", "logger", "message")} == {
        "level": "ERROR",
        "logger": "stack.jobs",
        "message": "job 5\nis done",
    }
    assert not {"request_id", "job_id", "trace_id", "exception"} & found.keys()


def test_a_line_names_its_request_and_job() -> None:
    with acting_from(Origin("api", "192.0.2.1", "req-12345678")), working_on(77):
        found = write("x")
    assert (found["request_id"], found["job_id"]) == ("req-12345678", 77)
    assert "192.0.2.1" not in json.dumps(found)


def test_an_exception_is_one_member_and_redacted() -> None:
    try:
        raise ValueError(f"bad key {KEY} at redis://worker:hunter22@redis/0")
    except ValueError:
        found = write("failed with %s", KEY, is_failing=True)
    assert "ValueError" in found["exception"]
    assert "f" * 48 not in json.dumps(found)
    assert "hunter22" not in json.dumps(found)


def test_a_message_that_cannot_be_made_is_written_all_the_same() -> None:
    assert write("%d of %d", "many")["message"] == "%d of %d ('many',)"


def test_text_that_is_no_utf8_is_written_all_the_same() -> None:
    assert write("file \udcff")["message"] == "file \\udcff"
