"""What stored rows rest on in configuration is held by triggers. They come with balances/0008_guards now, which replaces those of earlier versions."""

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    dependencies = [
        ("balances", "0005_amounts_moved"),
        ("offers", "0007_last_plan"),
        ("subscribers", "0008_canonical_values"),
        ("accounts", "0005_last_plan"),
        ("customers", "0008_last_plan"),
        ("entities", "0004_cheaper_writes"),
    ]
    operations: list[Operation] = []
