from django.apps import AppConfig


class AskingConfig(AppConfig):
    name = "stack.analysis.asking"
    label = "asking"

    def ready(self) -> None:
        from stack.analysis.asking.models import ProviderAccount
        from stack.vault.registry import register_sealed, seal_column

        register_sealed(seal_column(ProviderAccount, "credentials"))
