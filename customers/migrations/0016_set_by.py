"""A queue narrowed to who set a plan is read in its order."""

from django.db import migrations, models

from ocsportal.transactions.online import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('customers', '0015_holds'),
        ('entities', '0004_cheaper_writes'),
    ]

    operations = [
        AddIndexOnline(
            model_name='customer',
            index=models.Index(condition=models.Q(('plan_status__in', ['PENDING', 'SCHEDULED', 'REFUSED'])), fields=['plan_status', 'plan_by', 'plan_valid_from', 'id'], name='customer_set_by'),
        ),
    ]
