from django.apps import AppConfig


class AnalysisConfig(AppConfig):
    name = "stack.analysis"
    label = "analysis"
