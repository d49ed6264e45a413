"""The addresses of Stack with both kinds of single sign-on set up."""

from django.urls import include, path

from stack.accounts.sign_in.provider_urls import list_provider_urls
from stack.config.urls import urlpatterns as product

urlpatterns = [
    path("sign-in/", include(list_provider_urls({"openid_connect", "saml"}))),
    *product,
]
handler404 = "stack.web.errors.show_missing"
handler403 = "stack.web.errors.show_forbidden"
