"""Run as a program in a data folder: makes the collections that the tests need, and prints where they are."""

import json
import os
import sys

import django


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stack.config.settings")
    django.setup()
    from stack.accounts.models import Organisation
    from stack.accounts.operations import create_key, ensure_first_organisation
    from stack.accounts.principal import Role
    from stack.accounts.queries import principal_of_user
    from stack.sharing.collections.operations import create_api_root, create_collection
    from stack.sharing.collections.records import OWN_ONLY, Sharing
    from tests.people import make_principal

    ours = principal_of_user(ensure_first_organisation())
    theirs = make_principal("other", Organisation.objects.create(name="Others"), role=Role.CURATOR)
    us = Sharing(organisation_ids=(ours.organisation_id,))
    rows = {
        "shelf": create_collection(ours, title="Read and write", alias="shelf", writers=OWN_ONLY),
        "spare": create_collection(ours, title="Read and write too", writers=OWN_ONLY),
        "read_only": create_collection(ours, title="Read only"),
        "write_only": create_collection(theirs, title="Write only", writers=us),
        "live": create_collection(ours, title="All", alias="all", query="*"),
        "hidden": create_collection(theirs, title="Not for others", writers=OWN_ONLY),
    }
    create_api_root(ours, slug="empty", title="Nothing yet")
    found = {name: [f"/taxii2/{row.root}/", row.uid] for name, row in rows.items()}
    key = create_key(ours, name="conformance").key
    json.dump({"key": key, "empty_root": "/taxii2/empty/", "shelves": found}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
