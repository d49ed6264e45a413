"""The tables of the store (docs/architecture.md). All times are microseconds since the epoch, UTC.

Row ids of the hot tables are given out by `Database.take_ids`, so they are plain integers; their foreign
keys are indexed only where a query needs it and are not checked by the database a second time, row by row.
`Key`, `Edge`, `Entry` and `Pick` are clustered tables, which migrations 0002 and 0007 create by each
dialect's own words.
"""

from django.db import models

from stack.store.artifacts.models import Artifact  # noqa: F401 - a table of this application
from stack.store.fields import RowId


class Source(models.Model):
    """Who said it: an upload's name, a feed, a peer."""

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, default="upload")
    reliability = models.PositiveSmallIntegerField(default=5, help_text="Admiralty scale, 0 (A) to 5 (F)")
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT)
    created_at = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="source_name")]

    def __str__(self) -> str:
        return self.name


class Audience(models.Model):
    """A distinct set of markings, owner and handling: what a principal needs to see what carries it.

    Rows are never changed: `stamp` is random, so that a row tells whether it is the one that was read before.
    """

    digest = models.CharField(max_length=64, unique=True)
    markings = models.JSONField(help_text="Sorted ids of marking definitions, those of the handling included")
    tlp = models.PositiveSmallIntegerField(null=True, help_text="0 clear to 4 red; none when unmarked")
    owner = models.ForeignKey("accounts.Organisation", null=True, on_delete=models.PROTECT)
    handling = models.JSONField(default=dict, help_text="stack.store.records.Handling")
    stamp = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"audience {self.pk}"


class Ruling(models.Model):
    """How an organisation wants its statements of one object handled, whatever they came with."""

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT)
    uuid = models.BinaryField(max_length=16)
    type = models.CharField(max_length=250)
    handling = models.JSONField()
    ruled_at = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["uuid", "type", "organisation"], name="ruling_once")]

    def __str__(self) -> str:
        return f"ruling {self.pk} on a {self.type}"


class StixObject(models.Model):
    """A face of a STIX id: what is stated of it to one audience. The first row of an id is its anchor, to
    which edges lead; a row without a head stands for an id that was only referred to."""

    id = RowId(primary_key=True)
    uuid = models.BinaryField(max_length=16)
    type = models.CharField(max_length=250)
    head = models.BigIntegerField(null=True, help_text="Version that is shown")
    name = models.CharField(max_length=300, default="")
    created = models.BigIntegerField(null=True)
    modified = models.BigIntegerField(default=0, help_text="0 where there is none, so that it sorts")
    revoked = models.BooleanField(default=False)
    confidence = models.PositiveSmallIntegerField(null=True)
    score = models.PositiveSmallIntegerField(null=True)
    audience = models.ForeignKey(
        Audience, null=True, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    rivals = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How many faces of the same id come before this one"
    )

    class Meta:
        db_table = "store_object"
        constraints = [models.UniqueConstraint(fields=["uuid", "type", "audience"], name="object_face")]
        indexes = [models.Index(fields=["type", "modified", "id"], name="object_by_type")]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"


class Rival(models.Model):
    """A face that comes before another of the same id, by its audience: whoever sees it is shown it."""

    pk = models.CompositePrimaryKey("face_id", "audience_id")
    face_id = models.BigIntegerField()
    audience_id = models.BigIntegerField()

    class Meta:
        db_table = "store_rival"

    def __str__(self) -> str:
        return f"audience {self.audience_id} before face {self.face_id}"


class Version(models.Model):
    """A distinct statement of an object by a source; its text is in `Text` under the same id.

    A statement with granular markings has one version more for each audience that may see only a part:
    `redacted` says how many steps of marked parts were left out. All of them have the SHA-256 of the text as
    it came.
    """

    id = RowId(primary_key=True)
    object = models.ForeignKey(StixObject, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    sha256 = models.BinaryField(max_length=32)
    modified = models.BigIntegerField(null=True)
    audience = models.ForeignKey(Audience, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    first_received = models.BigIntegerField()
    last_received = models.BigIntegerField()
    times_received = models.PositiveIntegerField(default=1)
    redacted = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["object", "source", "sha256", "redacted"], name="version_rendition"
            )
        ]

    def __str__(self) -> str:
        return f"version {self.pk} of {self.object_id}"


class Text(models.Model):
    """The JSON text of a version, byte for byte as it came (valid JSON is valid UTF-8)."""

    id = RowId(primary_key=True)
    body = models.TextField()

    def __str__(self) -> str:
        return f"text of version {self.pk}"


class EdgeKind(models.Model):
    """The name of an edge: a relationship type, `sighting-of`, or the property that holds the reference."""

    name = models.CharField(max_length=250, unique=True)

    def __str__(self) -> str:
        return self.name


class Change(models.Model):
    """What happened, in commit order: who has read up to N has read all that will ever be at or below N."""

    class Kind(models.IntegerChoices):
        ADD = 1
        UPDATE = 2
        REVOKE = 3
        DELETE = 4
        INDEX = 5

    sequence = RowId(primary_key=True)
    object = models.ForeignKey(StixObject, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    kind = models.PositiveSmallIntegerField(choices=Kind)
    at = models.BigIntegerField()

    def __str__(self) -> str:
        return f"change {self.sequence}"


class Edge(models.Model):
    """`from` -kind-> `to`, stated by `via`: a relationship or sighting, or `from` itself for a reference."""

    pk = models.CompositePrimaryKey("from_id", "kind_id", "to_id", "via_id")
    from_id = models.BigIntegerField()
    kind_id = models.IntegerField()
    to_id = models.BigIntegerField()
    via_id = models.BigIntegerField()

    class Meta:
        db_table = "store_edge"

    def __str__(self) -> str:
        return f"{self.from_id} -{self.kind_id}-> {self.to_id}"


class Key(models.Model):
    """A value (`stack.stix.observables.key_text`) by which an object is found, and in what role."""

    pk = models.CompositePrimaryKey("value", "kind", "object_id", "role")
    value = models.CharField(max_length=512)
    kind = models.PositiveSmallIntegerField()
    object_id = models.BigIntegerField()
    role = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "store_key"

    def __str__(self) -> str:
        return self.value


class Entry(models.Model):
    """A version of a face in a selection (`selections/`). `added_at` is unique there and rises in commit
    order.

    `removed_at` says when an object left: its last entry stays as the trace of that. `is_withheld` marks a
    version that somebody took out by hand, so that it does not come back by itself.
    """

    pk = models.CompositePrimaryKey("selection_id", "added_at")
    selection_id = models.BigIntegerField()
    added_at = models.BigIntegerField()
    face_id = models.BigIntegerField()
    version_id = models.BigIntegerField()
    audience_id = models.BigIntegerField()
    type = models.CharField(max_length=250)
    version = models.BigIntegerField()
    is_last = models.PositiveSmallIntegerField()
    is_first = models.PositiveSmallIntegerField()
    is_withheld = models.PositiveSmallIntegerField()
    removed_at = models.BigIntegerField(null=True)

    class Meta:
        db_table = "store_entry"

    def __str__(self) -> str:
        return f"version {self.version_id} in selection {self.selection_id}"


class Pick(models.Model):
    """A STIX id that somebody put into a selection, or took out of it, by hand; it may be unknown here."""

    pk = models.CompositePrimaryKey("selection_id", "uuid", "type")
    selection_id = models.BigIntegerField()
    uuid = models.BinaryField(max_length=16)
    type = models.CharField(max_length=250)
    is_member = models.PositiveSmallIntegerField()
    picked_at = models.BigIntegerField()

    class Meta:
        db_table = "store_pick"

    def __str__(self) -> str:
        return f"{self.type} in selection {self.selection_id}" if self.is_member else f"no {self.type}"
