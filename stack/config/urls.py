"""Every address that Stack answers to."""

from django.urls import include, path

urlpatterns = [
    path("", include("stack.web.urls")),
]
