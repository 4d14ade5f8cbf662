"""manage.py create_api_client NAME --group CRM"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ocsportal.people.keys import DEFAULT_DAYS, make_client
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.system import system_change


class Command(BaseCommand):
    """Make a service user with a key."""

    help = "Create an API client, or give an existing one another key; the last line is JSON with the key, shown once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the client's name, its group and how long the key is valid."""
        parser.add_argument("name", help="the client's name, such as crm")
        parser.add_argument("--group", required=True, help="the group whose permissions it has, such as CRM")
        parser.add_argument("--days", type=int, default=DEFAULT_DAYS, help="how many days the key is valid")

    def handle(self, *args: object, **options: Any) -> None:
        """Make the client and print its key."""
        if not 0 < options["days"] <= 3650:
            raise CommandError("--days must be from 1 to 3650.")
        try:
            client, key = make_client(
                options["name"], options["group"], system_change("create_api_client"), options["days"]
            )
        except OperationRefused as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"API client {client.username} of group {options['group']}; the key is not shown again:")
        self.stdout.write(json.dumps({"application_id": client.application_id, "api_key": key}))
