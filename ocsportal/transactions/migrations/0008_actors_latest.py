"""What an agent did lately is found by an index that only the portal's writes pay for."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('transactions', '0007_forms_of_digests'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='businesstransaction',
            index=models.Index(condition=models.Q(('channel', 'PORTAL')), fields=['actor', 'id'], name='transaction_actor'),
        ),
    ]
