"""Writes of search: saved look-ups, and building the index again."""

from stack.accounts.principal import Principal


def save_lookup(principal: Principal, text: str) -> str:
    """Keeps pasted lines for the owner's organisation and gives back the id for `/lookup/<id>`."""
    raise NotImplementedError


def load_lookup(principal: Principal, lookup_id: str) -> str:
    """The lines of a saved look-up; NotFound when it is not of the principal's organisation."""
    raise NotImplementedError
