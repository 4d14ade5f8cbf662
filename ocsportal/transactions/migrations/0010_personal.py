"""Erasures, and what is left of rows that were sealed with their values (docs/adr/0029-personal-values-can-be-taken-out.md)."""

import django.db.models.deletion
from django.db import migrations, models

from ocsportal.transactions.migration_operations import InstallErasures, MakeAppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ('transactions', '0009_journal'),
    ]

    operations = [
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('transaction', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='erasure', serialize=False, to='transactions.businesstransaction')),
                ('customer_id', models.BigIntegerField(db_index=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='businesstransaction',
            name='erased_by',
            field=models.BigIntegerField(help_text='The erasure that took answer and reason out.', null=True),
        ),
        migrations.CreateModel(
            name='ErasedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table', models.CharField(max_length=63)),
                ('key', models.BigIntegerField()),
                ('form', models.CharField(max_length=32)),
                ('digest', models.CharField(max_length=64)),
                ('transaction', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transactions.businesstransaction')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['table', 'key'], name='erasedrow_row')],
            },
        ),
        MakeAppendOnly('Erasure'),
        MakeAppendOnly('ErasedRow'),
        InstallErasures(),
    ]
