"""What became of the last plan is kept with subscribers; the note of a refused one becomes its message."""

import django.db.models.deletion
from django.db import migrations, models

from ocsportal.transactions.change_tracked import ChangeTracked


class Migration(migrations.Migration):

    dependencies = [
        ('entities', '0004_cheaper_writes'),
        ('subscribers', '0005_quarantine'),
    ]

    operations = [
        ChangeTracked(
            model_name='Subscriber',
            operations=[
                migrations.RenameField(
                    model_name='subscriber',
                    old_name='plan_note',
                    new_name='last_plan_message',
                ),
                migrations.AddField(
                    model_name='subscriber',
                    name='last_plan_at',
                    field=models.DateTimeField(null=True),
                ),
                migrations.AddField(
                    model_name='subscriber',
                    name='last_plan_code',
                    field=models.CharField(blank=True, max_length=60),
                ),
                migrations.AddField(
                    model_name='subscriber',
                    name='last_plan_outcome',
                    field=models.CharField(blank=True, choices=[('DONE', 'In force'), ('CANCELLED', 'Cancelled'), ('REFUSED', 'Refused when due')], max_length=10),
                ),
                migrations.AddField(
                    model_name='subscriber',
                    name='last_plan_reason',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='entities.statereason'),
                ),
                migrations.AddField(
                    model_name='subscriber',
                    name='last_plan_state',
                    field=models.CharField(blank=True, choices=[('INACTIVE', 'Inactive'), ('ACTIVE', 'Active'), ('SUSPENDED', 'Suspended'), ('DEACTIVATED', 'Deactivated')], max_length=12),
                ),
                migrations.AddField(
                    model_name='subscriber',
                    name='last_plan_valid_from',
                    field=models.DateTimeField(null=True),
                ),
                migrations.RenameField(
                    model_name='historicalsubscriber',
                    old_name='plan_note',
                    new_name='last_plan_message',
                ),
                migrations.AddField(
                    model_name='historicalsubscriber',
                    name='last_plan_at',
                    field=models.DateTimeField(null=True),
                ),
                migrations.AddField(
                    model_name='historicalsubscriber',
                    name='last_plan_code',
                    field=models.CharField(blank=True, max_length=60),
                ),
                migrations.AddField(
                    model_name='historicalsubscriber',
                    name='last_plan_outcome',
                    field=models.CharField(blank=True, choices=[('DONE', 'In force'), ('CANCELLED', 'Cancelled'), ('REFUSED', 'Refused when due')], max_length=10),
                ),
                migrations.AddField(
                    model_name='historicalsubscriber',
                    name='last_plan_reason',
                    field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='entities.statereason'),
                ),
                migrations.AddField(
                    model_name='historicalsubscriber',
                    name='last_plan_state',
                    field=models.CharField(blank=True, choices=[('INACTIVE', 'Inactive'), ('ACTIVE', 'Active'), ('SUSPENDED', 'Suspended'), ('DEACTIVATED', 'Deactivated')], max_length=12),
                ),
                migrations.AddField(
                    model_name='historicalsubscriber',
                    name='last_plan_valid_from',
                    field=models.DateTimeField(null=True),
                ),
            ],
        ),
    ]
