"""The WSGI entry point that every web server process loads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stack.config.settings")
application = get_wsgi_application()

# Models need the applications.
from stack.config.instrumentation import instrument_process  # noqa: E402
from stack.config.unlocking import unlock_or_exit  # noqa: E402

unlock_or_exit()
instrument_process("web")
