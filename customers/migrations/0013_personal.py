"""Which columns are personal is said at them; history rows seal them apart (docs/adr/0029-personal-values-can-be-taken-out.md)."""

from django.db import migrations, models

from ocsportal.transactions.change_tracked import ChangeTracked
from ocsportal.transactions.migration_operations import MarkPersonal


class Migration(migrations.Migration):

    dependencies = [
        ('transactions', '0010_personal'),
        ('customers', '0012_notes'),
    ]

    operations = [
        MarkPersonal(
            'customer',
            'contact_address_line1',
            'contact_address_line2',
            'contact_city',
            'contact_country',
            'contact_email',
            'contact_language',
            'contact_name',
            'contact_phone',
            'contact_postal_code',
            'contact_tax_number',
            'custom_attributes',
            'custom_name',
            'last_plan_message',
        ),
        MarkPersonal(
            'customernote',
            'text',
        ),
        ChangeTracked(
            model_name='customer',
            operations=[
                migrations.AddField(
                    model_name='customer',
                    name='erased_at',
                    field=models.DateTimeField(help_text='When all that is personal was taken out, here and below.', null=True),
                ),
                migrations.AddField(
                    model_name='historicalcustomer',
                    name='erased_at',
                    field=models.DateTimeField(help_text='When all that is personal was taken out, here and below.', null=True),
                ),
                migrations.AddField(
                    model_name='historicalcustomer',
                    name='personal_digest',
                    field=models.CharField(max_length=64, null=True),
                ),
                migrations.AddField(
                    model_name='historicalcustomer',
                    name='salt',
                    field=models.UUIDField(null=True),
                ),
            ],
        ),
        ChangeTracked(
            model_name='customernote',
            operations=[
                migrations.RemoveConstraint(
                    model_name='customernote',
                    name='note_not_empty',
                ),
                migrations.AddField(
                    model_name='historicalcustomernote',
                    name='personal_digest',
                    field=models.CharField(max_length=64, null=True),
                ),
                migrations.AddField(
                    model_name='historicalcustomernote',
                    name='salt',
                    field=models.UUIDField(null=True),
                ),
                migrations.AddConstraint(
                    model_name='customernote',
                    constraint=models.CheckConstraint(condition=models.Q(('closed_at__isnull', False), models.Q(('text', ''), _negated=True), _connector='OR'), name='note_open_not_empty'),
                ),
            ],
        ),
    ]
