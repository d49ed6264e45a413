"""Stack: a threat intelligence platform that keeps every source's statement as STIX 2.1."""

__version__ = "0.1.0"
