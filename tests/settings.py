"""Settings for tests: the product's own, with a data folder that goes away and cheap password hashing."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = Path(tempfile.mkdtemp(prefix="stack-test-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["STACK_DATA"] = str(_folder)
os.environ["STACK_VAULT_KEY"] = bytes(range(32)).hex()
# A few values of each list: the real ones take seconds to build.
os.environ["STACK_KNOWN_GOOD_LISTS"] = str(Path(__file__).parent / "golden" / "known_good")
os.environ["STACK_SECRET_KEY"] = "tests-only-" + "k" * 40
for _name in ("STACK_DATABASE", "STACK_URL", "STACK_TOKEN", "STACK_MODE", "STACK_REDIS"):
    os.environ.pop(_name, None)

from stack.config.databases import configure_postgresql  # noqa: E402
from stack.config.settings import *  # noqa: E402, F403
from stack.config.settings import DATABASES, INSTALLED_APPS  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Tests run in memory, where nobody queues; pytest-django knows to leave the name alone for this engine only.
DATABASES["default"]["ENGINE"] = "django.db.backends.sqlite3"
# No provider is set up; tests that set one up find the code of both kinds there.
INSTALLED_APPS = [
    *INSTALLED_APPS,
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
]
DATABASE_ROUTERS = ["tests.databases.ChosenDatabase"]
if os.environ.get("STACK_TEST_POSTGRES"):
    DATABASES["postgresql"] = configure_postgresql(os.environ["STACK_TEST_POSTGRES"])
    DATABASES["postgresql"]["OPTIONS"] = {}
    # Two sessions of tests may use the server at the same time; xdist adds the worker's name.
    _session = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid()}")[:12]
    DATABASES["postgresql"]["TEST"] = {"NAME": f"test_stack_{_session}"}
