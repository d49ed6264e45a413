"""Whatever a process has to say, it says in lines of the chosen form."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_CODE = """
import logging, threading, warnings
import django
django.setup()
from stack.config.instrumentation import instrument_process
from stack.core.acts import Origin, acting_from
instrument_process("runner")
logging.getLogger("celery.worker").error("lost %s", "redis://me:hunter22@redis/0")
warnings.warn("old", DeprecationWarning)
thread = threading.Thread(target=lambda: 1 / 0)
thread.start(); thread.join()
with acting_from(Origin("api", request_id="req-12345678")):
    logging.getLogger("stack.store").error("inside\\na request")
raise RuntimeError("at the end, Bearer abcdefghijklmnop")
"""


def run(folder: Path, **extra: str) -> list[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STACK_")}
    settings = {"DJANGO_SETTINGS_MODULE": "stack.config.settings", "STACK_DATA": str(folder)}
    ran = subprocess.run(
        [sys.executable, "-W", "default", "-c", _CODE],
        env=kept | settings | extra,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stdout == ""
    return ran.stderr.splitlines()


def test_every_line_is_json(tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [json.loads(line) for line in run(tmp_path, STACK_LOG_FORMAT="json")]
    by_logger = {line["logger"]: line for line in lines}
    assert by_logger["celery.worker"]["message"] == "lost redis://me:[secret]@redis/0"
    assert "DeprecationWarning: old" in by_logger["py.warnings"]["message"]
    assert by_logger["stack.store"]["request_id"] == "req-12345678"
    uncaught = [line["exception"] for line in lines if line["message"] == "nobody caught this"]
    assert ["ZeroDivisionError" in uncaught[0], "[secret]" in uncaught[1]] == [True, True]
    assert not any("hunter22" in str(line) or "abcdefghijklmnop" in str(line) for line in lines)


def test_text_is_redacted_too_and_slips_are_named(tmp_path: Path) -> None:
    text = "\n".join(run(tmp_path, STACK_LOG_LEVL="DEBUG"))
    assert "ERROR celery.worker: lost redis://me:[secret]@redis/0" in text
    assert "STACK_LOG_LEVL is not a setting; did you mean STACK_LOG_LEVEL?" in text
    assert "abcdefghijklmnop" not in text
