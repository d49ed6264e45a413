from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "stack.audit"
    label = "audit"

    def ready(self) -> None:
        from stack.core.acts import install_recorder

        install_recorder(lambda act, origin: None)
