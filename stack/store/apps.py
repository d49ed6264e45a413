from django.apps import AppConfig


class StoreConfig(AppConfig):
    name = "stack.store"
    label = "store"

    def ready(self) -> None:
        from stack.store.artifacts.models import Artifact
        from stack.vault.registry import register_sealed, seal_column

        register_sealed(seal_column(Artifact, "sealed_key"))
