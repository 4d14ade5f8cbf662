"""Which columns are personal is said at them; history rows seal them apart (docs/adr/0029-personal-values-can-be-taken-out.md)."""

from django.db import migrations, models

from ocsportal.transactions.change_tracked import ChangeTracked
from ocsportal.transactions.migration_operations import MarkPersonal


class Migration(migrations.Migration):

    dependencies = [
        ('transactions', '0010_personal'),
        ('subscribers', '0010_search_text'),
    ]

    operations = [
        MarkPersonal(
            'subscriber',
            'custom_attributes',
            'custom_name',
            'last_plan_message',
            'live_resources',
        ),
        MarkPersonal(
            'subscriberresource',
            'value',
        ),
        ChangeTracked(
            model_name='subscriber',
            operations=[
                migrations.AddField(
                    model_name='historicalsubscriber',
                    name='personal_digest',
                    field=models.CharField(max_length=64, null=True),
                ),
                migrations.AddField(
                    model_name='historicalsubscriber',
                    name='salt',
                    field=models.UUIDField(null=True),
                ),
            ],
        ),
        ChangeTracked(
            model_name='subscriberresource',
            operations=[
                migrations.RemoveConstraint(
                    model_name='subscriberresource',
                    name='resource_not_empty',
                ),
                migrations.AddField(
                    model_name='historicalsubscriberresource',
                    name='personal_digest',
                    field=models.CharField(max_length=64, null=True),
                ),
                migrations.AddField(
                    model_name='historicalsubscriberresource',
                    name='salt',
                    field=models.UUIDField(null=True),
                ),
                migrations.AddConstraint(
                    model_name='subscriberresource',
                    constraint=models.CheckConstraint(condition=models.Q(('valid_to__isnull', False), models.Q(('value', ''), _negated=True), _connector='OR'), name='resource_live_not_empty'),
                ),
            ],
        ),
    ]
