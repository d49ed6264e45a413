"""The application for Celery's own commands: `celery -A stack.config.celery inspect active`.

Workers and beat are started with `stack worker` and `stack beat`, which know how to stop and what to open.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stack.config.settings")

import django

django.setup()

from stack.jobs import tasks  # noqa: E402

app = tasks.run_woken.app
