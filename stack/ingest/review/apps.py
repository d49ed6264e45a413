from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "stack.ingest.review"
    label = "review"
