from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "stack.accounts"
    label = "accounts"
