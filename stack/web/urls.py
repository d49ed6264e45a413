"""The pages, one module each in `pages/`."""

from django.urls import path

from stack.web.pages import styleguide

urlpatterns = [
    path("styleguide", styleguide.show_styleguide, name="styleguide"),
]
