from django.apps import AppConfig


class SourcesConfig(AppConfig):
    name = "stack.sources"
    label = "sources"
