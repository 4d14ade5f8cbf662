"""A resource type says of which kind its values are; the next migration brings what stands into its canonical form."""

from django.db import migrations, models

from ocsportal.transactions.change_tracked import ChangeTracked


class Migration(migrations.Migration):

    dependencies = [
        ('subscribers', '0006_last_plan'),
    ]

    operations = [
        ChangeTracked(
            model_name='ResourceType',
            operations=[
                migrations.AddField(
                    model_name='historicalresourcetype',
                    name='kind',
                    field=models.CharField(choices=[('TEXT', 'text'), ('PHONE', 'phone number'), ('IMSI', 'IMSI'), ('ICCID', 'SIM card (ICCID)'), ('IPV4', 'IPv4 address'), ('IPV6', 'IPv6 address'), ('EMAIL', 'e-mail address')], default='TEXT', help_text="How values are understood, kept in one form and shown. It can't be changed once there are values.", max_length=5),
                ),
                migrations.AddField(
                    model_name='resourcetype',
                    name='kind',
                    field=models.CharField(choices=[('TEXT', 'text'), ('PHONE', 'phone number'), ('IMSI', 'IMSI'), ('ICCID', 'SIM card (ICCID)'), ('IPV4', 'IPv4 address'), ('IPV6', 'IPv6 address'), ('EMAIL', 'e-mail address')], default='TEXT', help_text="How values are understood, kept in one form and shown. It can't be changed once there are values.", max_length=5),
                ),
                migrations.AlterField(
                    model_name='historicalresourcetype',
                    name='pattern',
                    field=models.CharField(blank=True, help_text='A regular expression that a value, as it is kept, must match as a whole.', max_length=500),
                ),
                migrations.AlterField(
                    model_name='resourcetype',
                    name='pattern',
                    field=models.CharField(blank=True, help_text='A regular expression that a value, as it is kept, must match as a whole.', max_length=500),
                ),
            ],
        ),
    ]
