"""Keep what agents with limits move, for the day's sum; what they adjusted today before the upgrade counts as well."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

import balances.fields
from ocsportal.transactions.migration_operations import MakeAppendOnly


def count_today(apps: Any, schema_editor: Any) -> None:
    """Count what was adjusted since midnight by whoever is in a group with limits."""
    moved = apps.get_model("balances", "AmountMoved")
    limited = set(apps.get_model("balances", "AdjustmentLimit").objects.values_list("group_id", flat=True))
    agents = set(apps.get_model("people", "User").objects.filter(groups__in=limited).values_list("pk", flat=True))
    if not agents:
        return
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    rows = apps.get_model("balances", "LedgerEntry").objects.filter(
        at__gte=midnight, number__gt=1, operation__startswith="UpdateSubscription", transaction__actor__in=agents
    )
    moved.objects.bulk_create(
        moved(
            transaction_id=row.transaction_id,
            actor_id=row.transaction.actor_id,
            unit=row.balance.currency.code if row.balance.currency else row.balance.units,
            amount=abs(row.amount),
            at=row.at,
        )
        for row in rows.select_related("transaction", "balance__currency").order_by("pk")
    )


class Migration(migrations.Migration):

    dependencies = [
        ('balances', '0004_cheaper_writes'),
        ('transactions', '0004_cheaper_writes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='adjustmentlimit',
            name='per_adjustment',
            field=balances.fields.ExactDecimal(blank=True, help_text='The most at once. Empty: unlimited.', null=True),
        ),
        migrations.AlterField(
            model_name='adjustmentlimit',
            name='per_day',
            field=balances.fields.ExactDecimal(blank=True, help_text='The most per agent and day. Empty: unlimited.', null=True),
        ),
        migrations.AlterField(
            model_name='adjustmentlimit',
            name='unit',
            field=models.CharField(help_text='A currency or a unit; or every other one, without which the group may move nothing of what it has no limit for.', max_length=60),
        ),
        migrations.AlterField(
            model_name='historicaladjustmentlimit',
            name='per_adjustment',
            field=balances.fields.ExactDecimal(blank=True, help_text='The most at once. Empty: unlimited.', null=True),
        ),
        migrations.AlterField(
            model_name='historicaladjustmentlimit',
            name='per_day',
            field=balances.fields.ExactDecimal(blank=True, help_text='The most per agent and day. Empty: unlimited.', null=True),
        ),
        migrations.AlterField(
            model_name='historicaladjustmentlimit',
            name='unit',
            field=models.CharField(help_text='A currency or a unit; or every other one, without which the group may move nothing of what it has no limit for.', max_length=60),
        ),
        migrations.CreateModel(
            name='AmountMoved',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit', models.CharField(max_length=60)),
                ('amount', balances.fields.ExactDecimal()),
                ('at', models.DateTimeField()),
                ('actor', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('transaction', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='transactions.businesstransaction')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['actor', 'unit', 'at'], name='amountmoved_day')],
            },
        ),
        migrations.RunPython(count_today, migrations.RunPython.noop),
        MakeAppendOnly("AmountMoved"),
    ]
