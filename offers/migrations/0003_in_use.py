"""What an offer in use is made of is held by triggers. They come with balances/0008_guards now, which replaces those of earlier versions."""

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    dependencies = [("offers", "0002_history")]
    operations: list[Operation] = []
