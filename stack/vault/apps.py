from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "stack.vault"
    label = "vault"
