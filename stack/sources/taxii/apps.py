from django.apps import AppConfig


class TaxiiClientConfig(AppConfig):
    name = "stack.sources.taxii"
    label = "taxii_client"

    def ready(self) -> None:
        from stack.sources.taxii.models import Peer
        from stack.vault.registry import register_sealed, seal_column

        register_sealed(seal_column(Peer, "secrets"))
