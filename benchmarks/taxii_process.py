"""Run as a program on an installation: makes a key and a collection for `benchmarks.taxii`, prints them.

What a new installation prepares once, ten seconds after its start, is prepared here: it is no part of a post.
"""

import json
import os
import sys

import django


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stack.config.settings")
    django.setup()
    from stack.accounts.operations import create_key, ensure_first_organisation
    from stack.accounts.queries import principal_of_user
    from stack.core.known_good import find_known_good
    from stack.sharing.collections.operations import create_collection
    from stack.sharing.collections.records import OWN_ONLY

    find_known_good([])
    principal = principal_of_user(ensure_first_organisation())
    row = create_collection(principal, title="Benchmark", query=sys.argv[1], writers=OWN_ONLY)
    json.dump(
        {"key": create_key(principal, name="benchmark").key, "root": row.root, "uid": row.uid}, sys.stdout
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
