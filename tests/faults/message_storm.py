"""Sends every message three times and shuffled, also those of jobs that ended long ago, until it is ended."""

import os
import random
import time

os.environ["DJANGO_SETTINGS_MODULE"] = "stack.config.settings"
import django

django.setup()

from stack.jobs.models import Job  # noqa: E402
from stack.jobs.queues import Queue  # noqa: E402
from stack.jobs.waking import send_wake_up  # noqa: E402

_LATEST = 60
_PAUSE_S = 0.3


def main() -> None:
    while True:
        found = list(Job.objects.order_by("-id").values_list("pk", "queue")[:_LATEST])
        messages = found * 3
        random.shuffle(messages)
        for job_id, queue in messages:
            send_wake_up(job_id, Queue(queue))
        time.sleep(_PAUSE_S)


if __name__ == "__main__":
    main()
