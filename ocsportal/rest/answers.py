"""The forms of answers, for the OpenAPI description only: answers are built without serializers."""

from rest_framework import serializers


class Item(serializers.Serializer):
    """An item of a Business Transaction: an entity after the change."""

    name = serializers.CharField(help_text="The operation.")
    seqno = serializers.IntegerField(min_value=1)
    object = serializers.DictField(help_text="The entity after the change.")
    objectType = serializers.CharField(help_text="io.ocs.pbs.core.model.CustomerEx and its like.")


class Items(serializers.Serializer):
    """The items of all operations of an order, with running numbers."""

    items = Item(many=True)


class BatchItem(serializers.Serializer):
    """What came of one operation of a batch."""

    status = serializers.IntegerField(help_text="What the operation alone would have been answered with.")
    body = serializers.JSONField(help_text="The items of the operation, or the problem.")
    headers = serializers.DictField(
        child=serializers.CharField(),
        required=False,
        help_text="Idempotent-Replay and X-Ocs-Io-Notice, where there are any.",
    )


class Batch(serializers.Serializer):
    """What came of the operations of a batch, in their order."""

    items = BatchItem(many=True)


class KindOfConfiguration(serializers.Serializer):
    """A kind of configuration."""

    kind = serializers.CharField(help_text="Its name in addresses: customer-segments.")
    count = serializers.IntegerField(min_value=0)


class Kinds(serializers.Serializer):
    """The kinds of configuration."""

    items = KindOfConfiguration(many=True)


class ConfigurationItem(serializers.Serializer):
    """An item of configuration, with what its kind has beside these fields."""

    refId = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    version = serializers.IntegerField(min_value=1)


class ConfigurationItems(serializers.Serializer):
    """The items of a kind."""

    items = ConfigurationItem(many=True)


class EntityPage(serializers.Serializer):
    """A page of a list."""

    items = serializers.ListField(child=serializers.DictField())
    nextCursor = serializers.CharField(allow_null=True)
    changesUntil = serializers.DateTimeField(
        required=False,
        help_text="With changedSince: the instant to ask from next time, before which nothing can turn up any more.",
    )


class ChangedField(serializers.Serializer):
    """One field that a version changed."""

    field = serializers.CharField()
    old = serializers.JSONField(allow_null=True)
    new = serializers.JSONField(allow_null=True)


class Version(serializers.Serializer):
    """A version of an entity."""

    version = serializers.IntegerField()
    at = serializers.DateTimeField()
    operation = serializers.CharField()
    channel = serializers.ChoiceField(choices=["PORTAL", "REST", "SCHEDULE", "IMPORT"])
    actor = serializers.CharField()
    onBehalfOf = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    requestId = serializers.CharField()
    transactionId = serializers.CharField()
    changes = ChangedField(many=True)


class History(serializers.Serializer):
    """A page of an entity's history, newest first; with asOf the entity itself."""

    items = Version(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class CustomerReference(serializers.Serializer):
    """A customer, as it is called now."""

    refId = serializers.CharField()
    externalId = serializers.CharField(allow_null=True)


class Told(Item):
    """An item of a Business Transaction with who ordered it and why, in whose tree it happened, and what it changed."""

    position = serializers.IntegerField(min_value=1, allow_null=True, help_text="Its place in the order of commits.")
    at = serializers.DateTimeField()
    version = serializers.IntegerField(allow_null=True, help_text="The entity's version after the change.")
    customer = CustomerReference(allow_null=True)
    actor = serializers.CharField()
    onBehalfOf = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    channel = serializers.ChoiceField(choices=["PORTAL", "REST", "SCHEDULE", "IMPORT"])
    requestId = serializers.CharField()
    transactionId = serializers.CharField()
    changes = ChangedField(many=True)


class Changes(serializers.Serializer):
    """A page of the feed."""

    items = Told(many=True)
    nextAfter = serializers.IntegerField(min_value=0, help_text="What to ask after next.")
    latest = serializers.IntegerField(min_value=0, help_text="The newest position there is.")


class EventSchema(serializers.Serializer):
    """The schema of the events about one type of object."""

    objectType = serializers.CharField()
    schema = serializers.DictField(help_text="JSON Schema, draft 2020-12.")


class EventSchemas(serializers.Serializer):
    """The schemas of events by the type of their object."""

    items = EventSchema(many=True)


class BusinessTransactionHead(serializers.Serializer):
    """A Business Transaction without its items."""

    refId = serializers.CharField(help_text="What the ids of its events begin with.")
    position = serializers.IntegerField(
        allow_null=True, help_text="Its place in the order of commits, once it has one."
    )
    at = serializers.DateTimeField(help_text="When it was ordered.")
    operation = serializers.CharField()
    channel = serializers.ChoiceField(choices=["PORTAL", "REST", "SCHEDULE", "IMPORT"])
    actor = serializers.CharField()
    onBehalfOf = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    requestId = serializers.CharField()
    transactionId = serializers.CharField()
    notice = serializers.CharField(allow_null=True)
    touched = serializers.IntegerField(min_value=0, help_text="How many entities it made or changed.")
    customers = CustomerReference(many=True, help_text="In whose trees it happened.")


class BusinessTransactions(serializers.Serializer):
    """A page of Business Transactions, newest first; it may be short or empty before the end."""

    items = BusinessTransactionHead(many=True)
    nextCursor = serializers.CharField(allow_null=True)


class BusinessTransaction(BusinessTransactionHead):
    """A Business Transaction with its items."""

    items = Told(many=True)
    nextCursor = serializers.CharField(allow_null=True, help_text="Of further items.")


class Fault(serializers.Serializer):
    """One thing that is wrong."""

    code = serializers.CharField()
    parameter = serializers.CharField(allow_null=True)
    message = serializers.CharField()


class Problem(serializers.Serializer):
    """A problem after RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    parameter = serializers.CharField(allow_null=True)
    errors = Fault(many=True)  # type: ignore[assignment]
    moreErrors = serializers.IntegerField(required=False, help_text="How many more there are than the 100 listed.")
