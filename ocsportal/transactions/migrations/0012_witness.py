"""Who may do what, and that a secret was changed, is witnessed (docs/adr/0033-keyed-proof-and-seals.md)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ocsportal.transactions.migration_operations import EnterWitnesses, InstallGuards, RecordBorder


class Migration(migrations.Migration):

    dependencies = [
        ('transactions', '0011_keyed_proof'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('people', '0006_people_manager'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Witness',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table', models.CharField(max_length=63)),
                ('row', models.CharField(max_length=100)),
                ('kind', models.CharField(max_length=1)),
                ('content', models.CharField(max_length=255)),
                ('at', models.DateTimeField()),
                ('database_user', models.CharField(max_length=63)),
                ('transaction', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['table', 'row', 'id'], name='witness_newest')],
            },
        ),
        EnterWitnesses(),
        RecordBorder('Witness'),
        InstallGuards(),
    ]
