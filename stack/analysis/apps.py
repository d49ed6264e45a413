from django.apps import AppConfig


class AnalysisConfig(AppConfig):
    name = "stack.analysis"
    label = "analysis"

    def ready(self) -> None:
        from stack.analysis.models import Analysis
        from stack.vault.registry import register_sealed, seal_column

        register_sealed(seal_column(Analysis, "passwords"))
