"""Blocks of the journal are sealed into a chain (docs/adr/0033-keyed-proof-and-seals.md)."""

from django.db import migrations, models

from ocsportal.transactions.migration_operations import MakeAppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ('transactions', '0012_witness'),
    ]

    operations = [
        migrations.CreateModel(
            name='Proof',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField()),
                ('head', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('key_number', models.SmallIntegerField()),
                ('signature', models.CharField(max_length=64)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Seal',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('first', models.BigIntegerField()),
                ('last', models.BigIntegerField()),
                ('root', models.CharField(max_length=64)),
                ('previous', models.CharField(blank=True, max_length=64)),
                ('basis', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('key_number', models.SmallIntegerField()),
                ('head', models.CharField(max_length=64)),
                ('signature', models.CharField(max_length=64)),
            ],
            options={
                'ordering': ['number'],
                'default_permissions': (),
            },
        ),
        MakeAppendOnly('Seal'),
        MakeAppendOnly('Proof'),
    ]
