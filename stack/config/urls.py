"""Every address that Stack answers to, and the pages for those that it does not."""

from django.urls import include, path

urlpatterns = [
    path("api/", include("stack.api.urls")),
    path("", include("stack.web.urls")),
]
handler400 = "stack.web.errors.show_bad_request"
handler403 = "stack.web.errors.show_forbidden"
handler404 = "stack.web.errors.show_missing"
handler500 = "stack.web.errors.show_failure"
