"""Find the plans that were refused, of which there are few, without looking at every row."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_refused_plans'),
        ('entities', '0004_cheaper_writes'),
        ('subscribers', '0003_cheaper_writes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='subscriber',
            index=models.Index(condition=models.Q(('plan_status', 'REFUSED')), fields=['plan_valid_from', 'id'], name='subscriber_refused'),
        ),
    ]
