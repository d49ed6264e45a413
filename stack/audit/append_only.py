"""The triggers that refuse to change or remove an entry, in the words of each database.

A later migration that alters the table on SQLite makes it anew without them, and has to create them again.
"""

from typing import Final

_REASON: Final = "the audit log is append-only"

# REPLACE removes a row without firing its DELETE trigger, so an insert may only go to the end.
_SQLITE: Final = (
    f"""CREATE TRIGGER audit_entry_update BEFORE UPDATE ON audit_entry
        BEGIN SELECT RAISE(ABORT, '{_REASON}'); END""",
    f"""CREATE TRIGGER audit_entry_delete BEFORE DELETE ON audit_entry
        BEGIN SELECT RAISE(ABORT, '{_REASON}'); END""",
    f"""CREATE TRIGGER audit_entry_insert BEFORE INSERT ON audit_entry
        WHEN NEW.sequence <= (SELECT MAX(sequence) FROM audit_entry)
        BEGIN SELECT RAISE(ABORT, '{_REASON}'); END""",  # noqa: S608 - no value comes from outside
)
# ALWAYS: also in a session that has switched off ordinary triggers.
_POSTGRESQL: Final = (
    f"""CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{_REASON}'; END $$""",
    """CREATE TRIGGER audit_entry_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
    "ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_change",
)
CREATE_TRIGGERS: Final = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
DROP_TRIGGERS: Final = {
    "sqlite": tuple(f"DROP TRIGGER IF EXISTS audit_entry_{each}" for each in ("update", "delete", "insert")),
    "postgresql": (
        "DROP TRIGGER IF EXISTS audit_entry_change ON audit_entry",
        "DROP FUNCTION IF EXISTS audit_refuse()",
    ),
}
