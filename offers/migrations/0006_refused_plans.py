"""Find the plans that were refused, of which there are few, without looking at every row."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_refused_plans'),
        ('customers', '0007_refused_plans'),
        ('entities', '0004_cheaper_writes'),
        ('offers', '0005_cheaper_writes'),
        ('subscribers', '0003_cheaper_writes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('plan_status', 'REFUSED')), fields=['plan_valid_from', 'id'], name='subscription_refused'),
        ),
    ]
