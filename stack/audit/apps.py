from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "stack.audit"
    label = "audit"

    def ready(self) -> None:
        from stack.audit.operations.recording import append_entry
        from stack.core.acts import install_recorder

        install_recorder(append_entry)
