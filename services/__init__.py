"""The real servers that Stack's tests run against: installed, started and ended by one command.

    python3 -m services start elasticsearch redis     # or: all
    . build/services/env                              # the STACK_TEST_* variables
    python3 -m services stop

The standard library is enough, from Python 3.9. Everything listens on 127.0.0.1 only.
"""
