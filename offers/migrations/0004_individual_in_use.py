"""No service comes to the product of an individual offer that is subscribed. They come with balances/0008_guards now, which replaces those of earlier versions."""

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    dependencies = [("offers", "0003_in_use")]
    operations: list[Operation] = []
