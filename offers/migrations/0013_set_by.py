"""A queue narrowed to who set a plan is read in its order."""

from django.db import migrations, models

from ocsportal.transactions.online import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('accounts', '0010_set_by'),
        ('customers', '0016_set_by'),
        ('entities', '0004_cheaper_writes'),
        ('offers', '0012_currency'),
        ('subscribers', '0011_personal'),
    ]

    operations = [
        AddIndexOnline(
            model_name='subscription',
            index=models.Index(condition=models.Q(('plan_status__in', ['PENDING', 'SCHEDULED', 'REFUSED'])), fields=['plan_status', 'plan_by', 'plan_valid_from', 'id'], name='subscription_set_by'),
        ),
    ]
