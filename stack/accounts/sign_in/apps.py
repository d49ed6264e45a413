from django.apps import AppConfig


class SignInConfig(AppConfig):
    name = "stack.accounts.sign_in"
    label = "sign_in"

    def ready(self) -> None:
        from stack.accounts.sign_in.receivers import connect_receivers

        connect_receivers()
