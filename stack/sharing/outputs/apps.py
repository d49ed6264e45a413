from django.apps import AppConfig


class OutputsConfig(AppConfig):
    name = "stack.sharing.outputs"
    label = "outputs"
