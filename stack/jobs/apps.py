from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "stack.jobs"
    label = "jobs"
