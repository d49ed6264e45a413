from django.apps import AppConfig


class StoreConfig(AppConfig):
    name = "stack.store"
    label = "store"
