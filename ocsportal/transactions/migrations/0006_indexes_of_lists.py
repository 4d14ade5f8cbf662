"""Lists are read in the order of their indexes (docs/adr/0020-indexes-of-lists.md)."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('transactions', '0005_longer_notices'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='businesstransaction',
            index=models.Index(fields=['operation', 'id'], name='transaction_operation'),
        ),
        migrations.AddIndex(
            model_name='businesstransaction',
            index=models.Index(condition=models.Q(('channel', 'REST'), _negated=True), fields=['channel', 'id'], name='transaction_channel'),
        ),
    ]
