"""`STACK_SENTRY_DSN`: errors that the log has at ERROR are sent to a service that speaks Sentry's protocol.

What is sent is built from an allow-list: type, redacted words and places in the code, version, process and
ids. No local variables, request, header, user, host name, breadcrumb or module list ever leaves.
"""

from typing import Any, Final

from stack import __version__
from stack.config.environment import SettingError, read_secret
from stack.config.log_redaction import redact_secrets
from stack.core.acts import current_origin
from stack.core.tracing import current_job

_KEPT: Final = frozenset(
    {
        "event_id",
        "timestamp",
        "platform",
        "level",
        "logger",
        "release",
        "environment",
        "exception",
        "logentry",
        "tags",
        "type",
    }
)
_KEPT_OF_FRAME: Final = frozenset({"filename", "function", "module", "lineno", "in_app"})
_LONGEST_TEXT: Final = 2000
_STOP_SECONDS: Final = 2.0


def begin_reporting(role: str, *, environment: str) -> None:
    """Sends errors from now on, where `STACK_SENTRY_DSN` says to whom. Sending never delays who fails."""
    dsn = read_secret("STACK_SENTRY_DSN")
    if not dsn:
        return
    try:
        import sentry_sdk
        from sentry_sdk.integrations.atexit import AtexitIntegration
        from sentry_sdk.integrations.logging import LoggingIntegration
        from sentry_sdk.utils import BadDsn
    except ImportError:
        raise SettingError(
            "STACK_SENTRY_DSN", "needs the packages of the extra “scale”: pip install stack-cti[scale]"
        ) from None
    import logging

    try:
        sentry_sdk.init(
            dsn=dsn,
            release=f"stack@{__version__}",
            environment=environment,
            # The integrations that come by themselves read requests, arguments and the modules installed.
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[
                LoggingIntegration(level=None, event_level=logging.ERROR),
                AtexitIntegration(callback=lambda pending, timeout: None),
            ],
            before_send=_keep_little,
            include_local_variables=False,
            include_source_context=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            server_name="",
            auto_session_tracking=False,
            send_client_reports=False,
            shutdown_timeout=_STOP_SECONDS,
        )
    except BadDsn:
        # The address holds a key: it is not shown.
        raise SettingError("STACK_SENTRY_DSN", "expected https://KEY@host/PROJECT") from None
    sentry_sdk.set_tag("role", role)


def _keep_little(event: Any, hint: Any) -> Any:
    kept = {name: value for name, value in event.items() if name in _KEPT}
    kept["tags"] = _redact(kept.get("tags", {})) | _describe_context()
    if "logentry" in kept:
        kept["logentry"] = _keep_message(kept["logentry"])
    if "exception" in kept:
        values = kept["exception"].get("values", [])
        kept["exception"] = {"values": [_keep_exception(value) for value in values]}
    return kept


def _describe_context() -> dict[str, str]:
    job, request = current_job(), current_origin().request_id
    found = {"request_id": request, "job_id": "" if job is None else str(job)}
    return {name: value for name, value in found.items() if value}


def _keep_message(entry: dict[str, Any]) -> dict[str, Any]:
    """The words without their arguments, which may be what somebody wrote."""
    return {"message": _shorten(entry.get("message", ""))}


def _keep_exception(value: dict[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames") or []
    return {
        "type": value.get("type"),
        "module": value.get("module"),
        "value": _shorten(value.get("value")),
        "mechanism": {"type": "logging", "handled": True},
        "stacktrace": {
            "frames": [
                {name: part for name, part in frame.items() if name in _KEPT_OF_FRAME} for frame in frames
            ]
        },
    }


def _shorten(text: Any) -> str:
    return redact_secrets(str(text or ""))[:_LONGEST_TEXT]


def _redact(value: dict[str, Any]) -> dict[str, str]:
    return {name: _shorten(text) for name, text in value.items()}
