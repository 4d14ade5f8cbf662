"""Which columns are personal is said at them; history rows seal them apart (docs/adr/0029-personal-values-can-be-taken-out.md)."""

from django.db import migrations, models

from ocsportal.transactions.change_tracked import ChangeTracked
from ocsportal.transactions.migration_operations import MarkPersonal


class Migration(migrations.Migration):

    dependencies = [
        ('transactions', '0010_personal'),
        ('offers', '0009_search_text'),
    ]

    operations = [
        MarkPersonal(
            'subscription',
            'custom_attributes',
            'custom_name',
            'last_plan_message',
        ),
        ChangeTracked(
            model_name='subscription',
            operations=[
                migrations.AddField(
                    model_name='historicalsubscription',
                    name='personal_digest',
                    field=models.CharField(max_length=64, null=True),
                ),
                migrations.AddField(
                    model_name='historicalsubscription',
                    name='salt',
                    field=models.UUIDField(null=True),
                ),
            ],
        ),
    ]
