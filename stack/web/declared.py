"""What the views of libraries declare: they cannot carry `@needs`, so each stands here by its name."""

from collections.abc import Mapping
from types import MappingProxyType

from django.conf import settings

from stack.web.access import Access

_APPS = {
    "auth/session": "says whose session token one holds, and ends that session",
    "auth/login": "where an app signs in",
    "auth/2fa/authenticate": "the second step, for the session token of the first",
    "auth/webauthn/authenticate": "the second step, for the session token of the first",
    "auth/webauthn/login": "where an app signs in with a passkey",
    "auth/tokens/refresh": "the refresh token is the proof",
    "auth/openapi.json": "describes signing in and says nothing about anybody",
}
_SINGLE_SIGN_ON = {
    "openid_connect": {
        "openid_connect_login": "where one signs in",
        "openid_connect_callback": "the provider's code and the state in the session are the proof",
    },
    "saml": {
        "saml_login": "where one signs in",
        "saml_acs": "keeps the provider's answer until the browser comes with its session",
        "saml_finish_acs": "the signed answer to a request of this session is the proof",
        "saml_metadata": "tells providers where to send answers",
        "saml_sls": "is not there",
    },
}


def _declare() -> dict[str, Access]:
    texts = dict(_APPS)
    for family in settings.SOCIALACCOUNT_PROVIDERS:
        texts |= _SINGLE_SIGN_ON[family]
    return {name: Access(None, why) for name, why in texts.items()}


DECLARED: Mapping[str, Access] = MappingProxyType(_declare())
