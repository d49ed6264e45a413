"""The e-mail engine."""
