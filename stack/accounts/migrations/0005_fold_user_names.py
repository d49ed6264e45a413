"""User names become one spelling each: NFKC and case-folded.

Of two users whose names are now the same, the earlier keeps the name, and so whoever signs in with it is who
they were; the later gets the next free `name-2`, `name-3`, which the log says.
"""

import logging
import unicodedata

from django.db import migrations

_LONGEST = 150
_log = logging.getLogger("stack.accounts")


def _fold(text):
    # As in stack.accounts.names at the time of this migration, which must not change with it.
    while (again := unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())) != text:
        text = again
    return text


def fold_user_names(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    users = User.objects.using(schema_editor.connection.alias)
    taken = set()
    renamed = []
    for pk, name in users.order_by("id").values_list("id", "username"):
        wanted = _fold(name)
        chosen, number = wanted[:_LONGEST], 1
        while chosen in taken:
            number += 1
            chosen = f"{wanted[: _LONGEST - len(str(number)) - 1]}-{number}"
        taken.add(chosen)
        if chosen != name:
            renamed.append((pk, name, chosen))
    # Through names that nobody has, because each row is checked as it is written.
    for pk, _, _ in renamed:
        users.filter(pk=pk).update(username=f"\x01{pk}")
    for pk, name, chosen in renamed:
        users.filter(pk=pk).update(username=chosen)
        if chosen != _fold(name):
            _log.warning("the user %r (id %d) is now called %r: an earlier user has the name", name, pk, chosen)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_finish_memberships")]

    operations = [migrations.RunPython(fold_user_names, migrations.RunPython.noop)]
