"""All of Stack's settings in one typed module; docs/operations.md describes every `STACK_*` variable."""

import sys
from pathlib import Path

from platformdirs import user_data_dir

from stack.config.access_log import configure_access_log
from stack.config.analysis import configure_analysis
from stack.config.analysis_data import install_analysis_data
from stack.config.artifacts import configure_artifacts
from stack.config.caching import configure_caches
from stack.config.databases import configure_database, configure_replicas
from stack.config.environment import (
    SettingError,
    read_choice,
    read_flag,
    read_integer,
    read_list,
    read_networks,
    read_secret,
    read_text,
)
from stack.config.jobs import configure_jobs
from stack.config.known_good import configure_known_good
from stack.config.limits import configure_limits
from stack.config.log_lines import choose_formatter
from stack.config.monitoring import configure_monitoring
from stack.config.outgoing import configure_outgoing
from stack.config.production import check_production, check_secret_key
from stack.config.redis import configure_redis
from stack.config.resolving import configure_resolving
from stack.config.search import configure_search, read_backend
from stack.config.sign_in import (  # noqa: F401  (django-allauth and Django read them by name)
    ACCOUNT_ADAPTER,
    ACCOUNT_EMAIL_NOTIFICATIONS,
    ACCOUNT_EMAIL_VERIFICATION,
    ACCOUNT_LOGIN_METHODS,
    ACCOUNT_LOGIN_TIMEOUT,
    ACCOUNT_RATE_LIMITS,
    ACCOUNT_REAUTHENTICATION_REQUIRED,
    ACCOUNT_REAUTHENTICATION_TIMEOUT,
    ACCOUNT_SIGNUP_FIELDS,
    AUTH_PASSWORD_VALIDATORS,
    AUTHENTICATION_BACKENDS,
    CSRF_COOKIE_NAME,
    HEADLESS_CLIENTS,
    HEADLESS_TOKEN_STRATEGY,
    MFA_ADAPTER,
    MFA_ALLOW_UNVERIFIED_EMAIL,
    MFA_PASSKEY_LOGIN_ENABLED,
    MFA_RATE_LIMITS,
    MFA_RECOVERY_CODES_SHOW_ONCE,
    MFA_SUPPORTED_TYPES,
    MFA_TOTP_ISSUER,
    SESSION_COOKIE_AGE,
    SESSION_COOKIE_NAME,
    SESSION_IDLE_SECONDS,
    SIGN_IN_APPS,
    SIGN_IN_MIDDLEWARE,
    SOCIALACCOUNT_ADAPTER,
    SOCIALACCOUNT_EMAIL_VERIFICATION,
    SOCIALACCOUNT_LOGIN_ON_GET,
    SOCIALACCOUNT_PROVIDERS,
    SOCIALACCOUNT_STORE_TOKENS,
    TOKEN_ISSUER,
)
from stack.config.taxii import configure_taxii
from stack.config.vault import configure_vault
from stack.core.known_good.settings import use_settings
from stack.web.static_files import FOLDER as STATIC_FOLDER
from stack.web.static_files import fingerprint_folder

PACKAGE = Path(__file__).resolve().parent.parent
DATA = Path(read_text("STACK_DATA") or user_data_dir("stack")).expanduser().absolute()
PRODUCTION = read_choice("STACK_MODE", "local", ("local", "production")) == "production"
DEBUG = read_flag("STACK_DEBUG", False)


def _read_secret_key() -> str:
    key = read_secret("STACK_SECRET_KEY")
    if key and len(key) < 32:
        raise SettingError("STACK_SECRET_KEY", "expected at least 32 characters")
    if PRODUCTION:
        check_secret_key(key)
    path = DATA / "secret.key"
    if not key and path.exists():
        key = path.read_text(encoding="ascii").strip()
    # `stack init` writes the file before anything signs; without it nothing that is signed can be accepted.
    return key


SECRET_KEY = _read_secret_key() or "not-initialised-" + "0" * 48
use_settings(configure_known_good(data_folder=DATA))
install_analysis_data(data_folder=DATA)
VAULT = configure_vault(data_folder=DATA, is_production=PRODUCTION)
ALLOWED_HOSTS = read_list("STACK_ALLOWED_HOSTS") or ["127.0.0.1", "localhost", "[::1]"]
if PRODUCTION and not read_list("STACK_ALLOWED_HOSTS"):
    raise SettingError("STACK_ALLOWED_HOSTS", "production needs the host names that Stack answers to")
CSRF_TRUSTED_ORIGINS = read_list("STACK_TRUSTED_ORIGINS")
if PRODUCTION:
    check_production(secret_key=SECRET_KEY, hosts=ALLOWED_HOSTS, origins=CSRF_TRUSTED_ORIGINS, is_debug=DEBUG)
TRUSTED_PROXIES = read_networks("STACK_TRUSTED_PROXIES")
ACCESS_LOG = read_text("STACK_ACCESS_LOG") or ("stderr" if PRODUCTION else "off")
MONITORING = configure_monitoring(is_production=PRODUCTION)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django_htmx",
    "csp",
    "stack.vault",
    "stack.accounts",
    *SIGN_IN_APPS,
    "stack.audit",
    "stack.jobs",
    "stack.store",
    "stack.search",
    "stack.ingest",
    "stack.ingest.mappings",
    "stack.ingest.review",
    "stack.sources",
    "stack.sources.feeds",
    "stack.analysis",
    "stack.analysis.asking",
    "stack.sources.taxii",
    "stack.sharing.collections",
    "stack.sharing.taxii",
    "stack.sharing.outputs",
    "stack.web",
]
MIDDLEWARE = [
    "stack.config.security_headers.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "stack.config.request_log.RequestLogMiddleware",
    "stack.config.probing.middleware.ProbeMiddleware",
    "stack.web.static_files.StaticFilesMiddleware",
    "stack.config.request_limits.AddressLimitMiddleware",
    "stack.config.direct_paths.DirectPathMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    *SIGN_IN_MIDDLEWARE,
    "stack.config.request_limits.AnonymousLimitMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "stack.config.urls"
WSGI_APPLICATION = "stack.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "stack.web.context.describe_page",
            ],
        },
    },
]

_REPLICAS = configure_replicas(read_secret("STACK_DATABASE_REPLICAS").split(","))
DATABASES = {"default": configure_database(read_secret("STACK_DATABASE"), data_folder=DATA)} | _REPLICAS
if _REPLICAS:
    DATABASE_ROUTERS = ["stack.config.replicas.ReplicaRouter"]
    MIDDLEWARE.append("stack.config.replicas.ReplicaMiddleware")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ANALYSIS = configure_analysis()
LIMITS = configure_limits(is_production=PRODUCTION)

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
# The fingerprint of all static files is part of their address, so that browsers may keep them for ever.
STATIC_URL = f"/static/{fingerprint_folder(STATIC_FOLDER)}/"

CSRF_FAILURE_VIEW = "stack.web.errors.show_csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
# W008: the proxy that ends TLS redirects; Stack would do so for ever where it is not told that TLS was ended.
# W021: to be preloaded is a promise for a whole registered domain, which only its owner can make.
SILENCED_SYSTEM_CHECKS = ["security.W008", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}

# Uploads are streamed to the data folder, so that a large bundle never sits in memory.
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_MEMORY_SIZE = 16_777_216
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
UPLOAD_LIMIT_BYTES = read_integer("STACK_UPLOAD_LIMIT_MB", 2048, low=1, high=1_000_000) * 1_048_576

REDIS_URL = configure_redis()
CACHES = configure_caches(redis_url=REDIS_URL)
JOBS = configure_jobs(redis_url=REDIS_URL)
JOBS_RUNNER = JOBS.runner

SEARCH_BACKEND = read_backend()
SEARCH = configure_search(is_production=PRODUCTION)
SEARCH_INDEX = DATA / "index"
ARTIFACTS = configure_artifacts()
OUTGOING = configure_outgoing()
ANALYSIS_DNS = configure_resolving()
TAXII = configure_taxii()

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": choose_formatter(),
        "bare": {"()": "stack.config.log_redaction.RedactingFormatter", "fmt": "%(message)s"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "line"},
        "access": configure_access_log(ACCESS_LOG),
        "counter": {"class": "stack.config.log_lines.CountingHandler"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {
        "handlers": ["stderr", "counter"],
        "level": read_choice("STACK_LOG_LEVEL", "WARNING", ("DEBUG", "INFO", "WARNING", "ERROR")),
    },
    # Whoever scans addresses sends names at will: each would be an error with a traceback. A logger without
    # any handler would write to standard error after all.
    "loggers": {
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
        # Of the pool of Celery's workers, which keeps it from the root's handlers.
        "multiprocessing": {"handlers": ["stderr", "counter"], "level": "WARNING", "propagate": False},
        "stack.access": {"handlers": ["access"], "level": "INFO", "propagate": False},
    },
}
