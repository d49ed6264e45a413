"""Asking services: accounts, limits, what was kept, and what may leave."""
