"""Verdicts on a value or a file: engines of our own, and the services that are asked."""
