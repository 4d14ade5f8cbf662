"""The people app: who works with the portal, and which programs do."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class PeopleConfig(AppConfig):
    """Users, groups and API clients."""

    name = "ocsportal.people"
    label = "people"
    verbose_name = "People and API clients"

    def ready(self) -> None:
        """Keep permissions and groups in step with the table of operations; watch what decides about who may do what."""
        from ocsportal.people.authentication import WATCHED
        from ocsportal.people.groups import note_standing, synchronise
        from ocsportal.transactions import edition

        pre_migrate.connect(note_standing, dispatch_uid="people-permissions")
        post_migrate.connect(synchronise, dispatch_uid="people-groups")
        for table, columns in WATCHED.items():
            edition.watch(table, *columns)
