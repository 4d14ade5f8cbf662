"""A queue narrowed to who set a plan is read in its order."""

from django.db import migrations, models

from ocsportal.transactions.online import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('accounts', '0010_set_by'),
        ('entities', '0004_cheaper_writes'),
        ('subscribers', '0013_starts_of_values'),
    ]

    operations = [
        AddIndexOnline(
            model_name='subscriber',
            index=models.Index(condition=models.Q(('plan_status__in', ['PENDING', 'SCHEDULED', 'REFUSED'])), fields=['plan_status', 'plan_by', 'plan_valid_from', 'id'], name='subscriber_set_by'),
        ),
    ]
