from django.apps import AppConfig


class CollectionsConfig(AppConfig):
    name = "stack.sharing.collections"
    label = "collections"
