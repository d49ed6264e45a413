"""Addresses under `/outputs/`. Every other one there answers as a wrong key does."""

from django.urls import path, re_path

from stack.api.outputs.views import refuse, serve_by_credentials, serve_by_path

urlpatterns = [
    path("<str:uid>/<str:filename>", serve_by_credentials),
    path("<str:uid>/<str:key>/<str:filename>", serve_by_path),
    re_path("", refuse),
]
