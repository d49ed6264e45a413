"""Fault tests: real processes and servers are killed under load; an outside ledger says what must be there.

Not part of the ordinary run, because they take minutes: `make faults`.
"""
