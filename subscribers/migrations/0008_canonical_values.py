"""Give the types of the reference data their kinds, and bring the values that stand into their canonical form.

Two live values that mean the same stay as they are, since one of them belongs to somebody else; the log names them. All of
it is one Business Transaction, so that the history says who wrote it. On a new installation there is nothing to do.
"""

import logging
import re
import uuid
from collections import Counter

from django.db import migrations
from django.utils import timezone

from ocsportal.values.kinds import resource_kind

LOG = logging.getLogger("ocsportal.upgrade")
KINDS = {"MSISDN": "PHONE", "IMSI": "IMSI", "ICCID": "ICCID", "ipV4": "IPV4", "ipV6": "IPV6", "email": "EMAIL"}
# The patterns that the reference data had; the kinds know better.
PATTERNS = {
    "MSISDN": "[1-9][0-9]{6,14}",
    "IMSI": "[0-9]{14,15}",
    "ICCID": "[0-9]{18,22}",
    "ipV4": r"((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])",
    "ipV6": (
        r"([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|(?!(:{0,2}[0-9A-Fa-f]{1,4}\b){8})"
        r"([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,6})?::([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,6})?"
    ),
    "email": r"[^\s@<>\",;:\\]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
}
# Digits are the canonical form of these already, or not understood at all.
NUMBERS = {"PHONE", "IMSI", "ICCID"}
MOST_NAMED = 100


def canonical(kind, value):
    """Return the canonical form of a value, None where the kind doesn't understand it."""
    if kind in NUMBERS and value.isascii() and value.isdigit():
        return value
    return resource_kind(kind).canonical_or_none(value)


def assignable(resource_type, values):
    """Return the kind that fits a type and its live values, None where an own pattern or a value speaks against it."""
    kind = KINDS.get(resource_type.code)
    if kind is None or resource_type.pattern == PATTERNS[resource_type.code]:
        return kind
    meant = (canonical(kind, value) for value in values)
    fits = all(value and re.fullmatch(resource_type.pattern or ".*", value, re.ASCII) for value in meant)
    return kind if fits else None


def rewritten(kind, rows):
    """Return the keys of the rows whose value changes, each with its canonical form, and of those that collide."""
    meant = {row["pk"]: canonical(kind, row["value"]) or row["value"] for row in rows}
    holders = Counter(meant[row["pk"]] for row in rows if row["valid_to"] is None)
    changed, colliding = {}, []
    for row in rows:
        value = meant[row["pk"]]
        if value == row["value"]:
            continue
        if row["valid_to"] is None and holders[value] > 1:
            colliding.append(row["ref_id"])
        else:
            changed[row["pk"]] = value
    return changed, colliding


def bring_into_canonical_form(apps, schema_editor):
    """Assign the kinds, rewrite the values, and what subscribers say of their live ones."""
    ResourceType = apps.get_model("subscribers", "ResourceType")
    Resource = apps.get_model("subscribers", "SubscriberResource")
    work = []
    for resource_type in ResourceType.objects.filter(code__in=KINDS, kind="TEXT"):
        rows = list(
            Resource.objects.filter(resource_type=resource_type).order_by("pk").values("pk", "ref_id", "value", "valid_to")
        )
        kind = assignable(resource_type, (row["value"] for row in rows if row["valid_to"] is None))
        if kind is None:
            LOG.warning("The resource type %s stays a text: its pattern or its values are its own.", resource_type.code)
        else:
            work.append((resource_type, kind, *rewritten(kind, rows)))
    if work:
        opened = _open(apps, schema_editor.connection)
        touched = sum(_write(apps, *part) for part in work)
        _close(apps, schema_editor.connection, opened, touched)


def _write(apps, resource_type, kind, changed, colliding):
    """Write one type and its values; return how many rows that are."""
    Resource, Subscriber = (apps.get_model("subscribers", name) for name in ("SubscriberResource", "Subscriber"))
    pattern = "" if resource_type.pattern == PATTERNS[resource_type.code] else resource_type.pattern
    type(resource_type).objects.filter(pk=resource_type.pk).update(kind=kind, pattern=pattern)
    touched = 1
    for key, value in changed.items():
        Resource.objects.filter(pk=key).update(value=value)
        row = Resource.objects.get(pk=key)
        holder = Subscriber.objects.get(pk=row.subscriber_id)
        if row.valid_to is None:
            live = {**holder.live_resources, resource_type.code: value}
            Subscriber.objects.filter(pk=holder.pk).update(live_resources=live)
        touched += 2 if row.valid_to is None else 1
    if changed:
        LOG.warning("%s: %s values were brought into their canonical form.", resource_type.code, len(changed))
    if colliding:
        named = ", ".join(colliding[:MOST_NAMED])
        LOG.warning("%s: %s live values mean the same and stay: %s.", resource_type.code, len(colliding), named)
    return touched


def _open(apps, connection):
    """Open a Business Transaction and announce it to the triggers, as the door does; return its key."""
    request = f"migration-{uuid.uuid4()}"
    model = apps.get_model("transactions", "BusinessTransaction")
    entry = model.objects.create(
        operation="CanonicaliseResources",
        channel="IMPORT",
        actor=None,
        actor_name="migration",
        reason="Resource types have kinds, and their values one form each",
        request_id=request,
        transaction_id=request,
        at=timezone.now(),
        **_opened(model, connection),
    )
    if connection.vendor == "sqlite":
        connection.ocs_transaction = entry.pk
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('ocs.transaction', %s, true)", [str(entry.pk)])
    return entry.pk


def _opened(model, connection):
    """Return what says that it is open in this database transaction, where the table has a column for that by now."""
    if all(field.name != "opened_in" for field in model._meta.fields):
        return {}
    if connection.vendor == "sqlite":
        from ocsportal.transactions.sqlite import opened

        return {"opened_in": opened(connection)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        return {"opened_in": cursor.fetchone()[0]}


def _close(apps, connection, key, touched):
    """Close it; nothing after it is counted as its doing."""
    rows = apps.get_model("transactions", "BusinessTransaction").objects.filter(pk=key)
    rows.update(answer="[]", touched=touched)
    if connection.vendor == "sqlite":
        connection.ocs_transaction = None
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('ocs.transaction', '', true)")


class Migration(migrations.Migration):

    dependencies = [
        ('subscribers', '0007_kinds'),
        ('transactions', '0004_cheaper_writes'),
    ]
    # What it writes has no key, and is from before there was one.
    run_before = [('transactions', '0011_keyed_proof')]

    operations = [
        migrations.RunPython(bring_into_canonical_form, migrations.RunPython.noop),
    ]
