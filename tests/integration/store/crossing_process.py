"""One of several processes of test_concurrent_rounds; its arguments: seed, writer, organisation, source."""

import sys

import django

if __name__ == "__main__":
    django.setup()

    from tests.integration.store.crossing import make_batches, make_principal, write_batch

    seed, writer, organisation, source = map(int, sys.argv[1:])
    made = list(make_batches(seed, writer))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for each in made:
        write_batch(make_principal(organisation), source, each)
