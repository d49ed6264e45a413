from django.apps import AppConfig


class FeedsConfig(AppConfig):
    name = "stack.sources.feeds"
    label = "feeds"
