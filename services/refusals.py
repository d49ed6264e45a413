"""Why a server cannot be had, in words for the person at the terminal."""


class Refusal(Exception):
    """Says what is missing or went wrong, and what to do."""
