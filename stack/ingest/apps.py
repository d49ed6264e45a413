from django.apps import AppConfig


class IngestConfig(AppConfig):
    name = "stack.ingest"
    label = "ingest"
