from django.apps import AppConfig


class MappingsConfig(AppConfig):
    name = "stack.ingest.mappings"
    label = "mappings"
