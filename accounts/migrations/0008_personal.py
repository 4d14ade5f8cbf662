"""Which columns are personal is said at them; history rows seal them apart (docs/adr/0029-personal-values-can-be-taken-out.md)."""

from django.db import migrations, models

from ocsportal.transactions.change_tracked import ChangeTracked
from ocsportal.transactions.migration_operations import MarkPersonal


class Migration(migrations.Migration):

    dependencies = [
        ('transactions', '0010_personal'),
        ('accounts', '0007_search_text'),
    ]

    operations = [
        MarkPersonal(
            'account',
            'custom_attributes',
            'custom_name',
            'last_plan_message',
            'preference_invoice_email',
            'preference_language',
            'tax_residence',
        ),
        ChangeTracked(
            model_name='account',
            operations=[
                migrations.AddField(
                    model_name='historicalaccount',
                    name='personal_digest',
                    field=models.CharField(max_length=64, null=True),
                ),
                migrations.AddField(
                    model_name='historicalaccount',
                    name='salt',
                    field=models.UUIDField(null=True),
                ),
            ],
        ),
    ]
