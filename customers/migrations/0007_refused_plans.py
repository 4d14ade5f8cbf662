"""Find the plans that were refused, of which there are few, without looking at every row."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0006_cheaper_writes'),
        ('entities', '0004_cheaper_writes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(condition=models.Q(('plan_status', 'REFUSED')), fields=['plan_valid_from', 'id'], name='customer_refused'),
        ),
    ]
