"""Celery, as Stack uses it: messages that wake workers. Imported only where Celery runs the jobs.

What the settings are for, and what was measured with them, is in decision 8.
"""

import ssl
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit

from celery import Celery
from django.conf import settings
from kombu.connection import Connection
from kombu.entity import Queue as MessageQueue

from stack.jobs.queues import Queue

TASK = "stack.jobs.run"
"""The one task there is (`stack.jobs.tasks`); its arguments are a job's id and its queue."""

CONNECT_S, ANSWER_S = 0.5, 1.0
"""How long whoever sends a wake-up waits for Redis."""

_KEYS = "stack:jobs:"
_VISIBLE_AGAIN_S = 300
_POOL = 8


def make_app() -> Celery:
    """The application. Celery's own integration of Django stays out: it closes the database's connections
    after every job."""
    made = Celery("stack", fixups=[], set_as_current=False)
    url, options = address_broker(settings.REDIS_URL)
    made.conf.update(
        broker_url=url,
        broker_transport_options=options
        | {
            "global_keyprefix": _KEYS,
            "visibility_timeout": _VISIBLE_AGAIN_S,
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
            "socket_timeout": 10,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
            "health_check_interval": 5,
        },
        broker_use_ssl=_use_tls(url),
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_queues=[
            MessageQueue(queue.value, routing_key=queue.value)  # type: ignore[no-untyped-call]
            for queue in Queue
        ],
        task_default_queue=Queue.DEFAULT.value,
        task_create_missing_queues=False,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        # A run gives its place back before this; one that is over it hangs, and its process is replaced.
        task_time_limit=settings.JOBS.longest_run_s * 1.5,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
    )
    return made


def address_broker(url: str) -> tuple[str, dict[str, Any]]:
    """`STACK_REDIS` as Celery writes it, with the options of the transport that go with it."""
    if not url.startswith("redis+sentinel://"):
        return url, {}
    parts = urlsplit(url)
    service, _, database = parts.path.strip("/").partition("/")
    who, at, hosts = parts.netloc.rpartition("@")
    urls = [f"sentinel://{who}{at}{host}/{database or 0}" for host in hosts.split(",")]
    return ";".join(urls), {"master_name": service}


@cache
def open_publisher() -> Connection:
    """The connection for wake-ups, which gives up early: the sweep does what it could not."""
    options = app.conf.broker_transport_options | {
        "socket_timeout": ANSWER_S,
        "socket_connect_timeout": CONNECT_S,
        "retry_on_timeout": False,
    }
    return cast("Connection", app.connection_for_write(transport_options=options))


def _use_tls(url: str) -> dict[str, Any] | None:
    return {"ssl_cert_reqs": ssl.CERT_REQUIRED} if url.startswith("rediss://") else None


app = make_app()
