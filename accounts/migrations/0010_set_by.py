"""A queue narrowed to who set a plan is read in its order."""

from django.db import migrations, models

from ocsportal.transactions.online import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('accounts', '0009_holds'),
        ('customers', '0014_newest_notes'),
        ('entities', '0004_cheaper_writes'),
    ]

    operations = [
        AddIndexOnline(
            model_name='account',
            index=models.Index(condition=models.Q(('plan_status__in', ['PENDING', 'SCHEDULED', 'REFUSED'])), fields=['plan_status', 'plan_by', 'plan_valid_from', 'id'], name='account_set_by'),
        ),
    ]
