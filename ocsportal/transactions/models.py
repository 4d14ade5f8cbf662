"""The Business Transaction: one change, who made it and why, what it answered; and the outbox that tells others."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Channel(models.TextChoices):
    """The way by which a change came in (docs/audit.md)."""

    PORTAL = "PORTAL", "Portal"
    REST = "REST", "REST"
    SCHEDULE = "SCHEDULE", "Schedule"
    IMPORT = "IMPORT", "Import"


class Unanswered(models.Manager["BusinessTransaction"]):
    """Business Transactions without their answers, each of which may have megabytes (docs/adr/0017-answers-apart.md).

    The answer of one is read when it is asked for; `defer(None)` reads it with the row.
    """

    def get_queryset(self) -> models.QuerySet["BusinessTransaction"]:
        """Return them all."""
        return super().get_queryset().defer("answer", "customers")


class BusinessTransaction(models.Model):
    """One operation, recorded with its changes: idempotency record, head of the audit trail and outbox in one.

    Written twice within one database transaction and never again: inserted first, closed with its answer last.
    Triggers refuse every other UPDATE, and every DELETE.
    """

    operation = models.CharField(max_length=80)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,  # The unique constraint and the history answer what an index of its own would.
        help_text="None is the portal itself.",
    )
    actor_name = models.CharField(max_length=150, help_text="Copied, so that it outlives a change of the user's name.")
    on_behalf_of = models.CharField(max_length=150, blank=True)
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=255)
    transaction_id = models.CharField(max_length=255)
    at = models.DateTimeField()
    request_hash = models.CharField(max_length=64)
    # Text, not JSON: a replay gives back the very bytes, and closing costs the database no parsing.
    answer = models.TextField(null=True)
    notice = models.CharField(max_length=120, blank=True)
    target_kind = models.CharField(max_length=30, blank=True)
    target_ref_id = models.CharField(max_length=60, blank=True)
    target_version = models.PositiveIntegerField(null=True)
    touched = models.PositiveIntegerField(default=0, help_text="How many entities the operation made or changed.")
    digest = models.CharField(max_length=64, blank=True)
    # What binds it (docs/adr/0033-keyed-proof-and-seals.md); NULL in those from before that. Erasure takes the salt
    # with the texts.
    salt = models.CharField(max_length=32, null=True)
    reason_digest = models.CharField(max_length=64, null=True)
    answer_digest = models.CharField(max_length=64, null=True)
    # The database transaction that it was opened in.
    opened_in = models.BigIntegerField(null=True)
    rows_count = models.IntegerField(null=True, help_text="How many rows of history and ledger it wrote.")
    rows_digest = models.CharField(max_length=64, null=True)
    key_number = models.SmallIntegerField(null=True)
    mac = models.CharField(max_length=64, null=True)
    # A list in JSON, of one key mostly; the sequencer enters it by customer, where it is found.
    customers = models.TextField(null=True, help_text="The customers in whose trees it happened.")
    erased_by = models.BigIntegerField(null=True, help_text="The erasure that took answer and reason out.")

    objects = Unanswered()

    class Meta:
        default_permissions = ("view",)
        verbose_name = "business transaction"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["request_id", "actor"], name="transaction_request_once")]
        # Nothing that closing writes is indexed, so that it costs no index (docs/adr/0016-cheap-writes.md). What was
        # done to an entity is found by its history.
        indexes = [
            models.Index(fields=["transaction_id"], name="transaction_case"),
            models.Index(fields=["-at", "-id"], name="transaction_at"),
            models.Index(fields=["operation", "id"], name="transaction_operation"),
            # Most come by REST, and are found without it.
            models.Index(fields=["channel", "id"], name="transaction_channel", condition=~Q(channel="REST")),
            # What an agent did lately.
            models.Index(fields=["actor", "id"], name="transaction_actor", condition=Q(channel="PORTAL")),
        ]

    def __str__(self) -> str:
        return f"{self.operation} by {self.actor_name}"


class OutboxMessage(models.Model):
    """A closed Business Transaction without a position; a trigger adds it, the sequencer moves it into the journal."""

    transaction = models.OneToOneField(
        BusinessTransaction, on_delete=models.PROTECT, related_name="outbox", db_constraint=False
    )

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.transaction)


class JournalEntry(models.Model):
    """A committed Business Transaction in the one order of commits; never changed, never removed.

    Positions have no gap, and none is given before one that can be read already (docs/adr/0025-journal-and-cursors.md).
    """

    position = models.BigIntegerField(primary_key=True)
    transaction = models.OneToOneField(
        BusinessTransaction, on_delete=models.DO_NOTHING, related_name="journal", db_constraint=False
    )

    class Meta:
        default_permissions = ()
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.position}: {self.transaction}"


class CustomerEntry(models.Model):
    """An entry of the journal in the tree of a customer: one for each customer whose tree it happened in."""

    pk = models.CompositePrimaryKey("customer_id", "position")
    # No constraint: the sequencer writes it, and entities are never deleted.
    customer_id = models.BigIntegerField()
    position = models.BigIntegerField()
    transaction = models.ForeignKey(
        BusinessTransaction, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.position} of customer {self.customer_id}"


class Cursor(models.Model):
    """Somebody who follows the journal, and how far: a position is done when everything up to it is."""

    name = models.CharField(max_length=30, primary_key=True)
    position = models.BigIntegerField(default=0, db_default=0, help_text="The last position that is done.")
    # Why it stands still, in words, and since when; empty while it goes on or has nothing to do.
    held = models.CharField(max_length=255, blank=True, default="", db_default="")
    held_since = models.DateTimeField(null=True)
    # Events that no queue took while others were taken: by routing key how many, and the position of the first.
    passed = models.JSONField(default=dict, db_default={}, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class Edition(models.Model):
    """One row, whose token changes with configuration and with who may do what (ocsportal/transactions/edition.py)."""

    token = models.CharField(max_length=36)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.token


class SealedForm(models.Model):
    """What the rows of a history table are sealed with from a row on (ocsportal/transactions/triggers/forms.py)."""

    history = models.CharField(max_length=63)
    after = models.BigIntegerField()
    columns = models.TextField()
    renamed = models.TextField()
    bound = models.BooleanField()
    digest = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.history} after {self.after}"


class Erasure(models.Model):
    """A Business Transaction that took the personal values out of a customer's tree; entered while it is open."""

    transaction = models.OneToOneField(
        BusinessTransaction,
        on_delete=models.DO_NOTHING,
        related_name="erasure",
        db_constraint=False,
        primary_key=True,
    )
    # No constraint: this floor knows nothing of customers, and none is ever deleted.
    customer_id = models.BigIntegerField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.transaction_id} of customer {self.customer_id}"


class ErasedRow(models.Model):
    """What is left of a row whose own digest went with its values, sealed anew by the erasure.

    Without a digest where the row did not fit before, so that no erasure clears a forgery away.
    """

    transaction = models.ForeignKey(
        BusinessTransaction, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    table = models.CharField(max_length=63)
    key = models.BigIntegerField()
    # The form that said what was personal then (triggers/forms.py).
    form = models.CharField(max_length=32)
    digest = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["table", "key"], name="erasedrow_row")]

    def __str__(self) -> str:
        return f"{self.table} {self.key}"


class Witness(models.Model):
    """A change of what no history is kept of: who may do what, that a secret is another one (triggers/witnesses.py)."""

    table = models.CharField(max_length=63)
    row = models.CharField(max_length=100)
    kind = models.CharField(max_length=1)
    # A name, an edition, or the digest of a secret; never what is secret.
    content = models.CharField(max_length=255)
    at = models.DateTimeField()
    transaction = models.ForeignKey(
        BusinessTransaction, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    database_user = models.CharField(max_length=63)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["table", "row", "id"], name="witness_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.table} {self.row}"


class Seal(models.Model):
    """A block of positions, sealed and chained to the one before; never changed (ocsportal/transactions/seals.py)."""

    number = models.BigIntegerField(primary_key=True)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    root = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, blank=True)
    # What the chain begins with, in the first one only.
    basis = models.TextField(blank=True)
    at = models.DateTimeField()
    key_number = models.SmallIntegerField()
    head = models.CharField(max_length=64)
    signature = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number}: {self.first} to {self.last}"


class Proof(models.Model):
    """A note that everything up to a seal was proven, signed so that nobody without the key has anything skipped."""

    number = models.BigIntegerField()
    head = models.CharField(max_length=64)
    at = models.DateTimeField()
    key_number = models.SmallIntegerField()
    signature = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"up to seal {self.number}"
