from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "stack.web"
    label = "web"
