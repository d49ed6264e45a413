from django.apps import AppConfig


class AskingConfig(AppConfig):
    name = "stack.analysis.asking"
    label = "asking"
