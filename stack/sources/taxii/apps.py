from django.apps import AppConfig


class TaxiiClientConfig(AppConfig):
    name = "stack.sources.taxii"
    label = "taxii_client"
