from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "stack.search"
    label = "search"
