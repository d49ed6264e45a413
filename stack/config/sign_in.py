"""How people sign in: django-allauth's settings, the lifetimes of sessions, single sign-on.

docs/security/sign-in.md says what each rule is for; docs/operations.md describes every `STACK_*` variable.
"""

from typing import Any

from stack.config.environment import read_choice, read_integer, read_text
from stack.config.single_sign_on import read_providers

_PRODUCTION = read_choice("STACK_MODE", "local", ("local", "production")) == "production"

SOCIALACCOUNT_PROVIDERS: dict[str, Any] = read_providers()
SIGN_IN_APPS = [
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.headless",
    "allauth.socialaccount",
    # Each brings libraries that only those need who use it.
    *(f"allauth.socialaccount.providers.{kind}" for kind in SOCIALACCOUNT_PROVIDERS),
    "stack.accounts.sign_in",
]
SIGN_IN_MIDDLEWARE = [
    "allauth.account.middleware.AccountMiddleware",
    "stack.accounts.sign_in.middleware.SessionLifeMiddleware",
]
AUTHENTICATION_BACKENDS = ["stack.accounts.sign_in.backend.PasswordBackend"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "stack.accounts.sign_in.passwords.PasswordRules"}]

SESSION_IDLE_SECONDS = read_integer("STACK_SESSION_IDLE_MIN", 720, low=5, high=43_200) * 60
SESSION_COOKIE_AGE = read_integer("STACK_SESSION_LIFE_H", 168, low=1, high=8_760) * 3600
# The prefix makes browsers refuse the cookie unless this very host set it, over HTTPS, for all of its paths.
SESSION_COOKIE_NAME = "__Host-sessionid" if _PRODUCTION else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if _PRODUCTION else "csrftoken"

ACCOUNT_ADAPTER = "stack.accounts.sign_in.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_LOGIN_TIMEOUT = 600
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Stack counts tries itself, in one table with all its limits.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
MFA_ADAPTER = "stack.accounts.sign_in.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Stack"
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
HEADLESS_CLIENTS = ("app",)
HEADLESS_TOKEN_STRATEGY = "stack.accounts.sign_in.strategy.SignedTokens"  # noqa: S105  (a class)
SOCIALACCOUNT_ADAPTER = "stack.accounts.sign_in.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_STORE_TOKENS = False
# A form could not lead there: the policy of the pages lets forms go to Stack alone. The state that is kept in
# the session makes sure that the answer comes back to who asked.
SOCIALACCOUNT_LOGIN_ON_GET = True
TOKEN_ISSUER = read_text("STACK_TOKEN_ISSUER") or "stack"
