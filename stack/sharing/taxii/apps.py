from django.apps import AppConfig


class TaxiiServerConfig(AppConfig):
    name = "stack.sharing.taxii"
    label = "taxii_server"
