"""Which Celery workers answer, and which queues they serve."""

from typing import Any, Final

_PATIENCE_S: Final = 1.0


def list_served() -> dict[str, list[str]] | None:
    """By queue, the workers that serve it; None where none answers, or Redis does not."""
    from kombu.exceptions import KombuError
    from redis import RedisError

    from stack.jobs.broker import app, open_publisher

    try:
        inspect = app.control.inspect(timeout=_PATIENCE_S, connection=open_publisher())
        answers: dict[str, list[dict[str, Any]]] | None = inspect.active_queues()
    except (KombuError, RedisError, OSError):
        return None
    if not answers:
        return None
    served: dict[str, list[str]] = {}
    for worker, queues in answers.items():
        for queue in queues:
            served.setdefault(str(queue["name"]), []).append(worker)
    return served
