"""The people app: who works with the portal, and which programs do."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class PeopleConfig(AppConfig):
    """Users, groups and API clients."""

    name = "ocsportal.people"
    label = "people"
    verbose_name = "People and API clients"

    def ready(self) -> None:
        """Keep permissions and groups in step with the table of operations."""
        from ocsportal.people.groups import note_standing, synchronise

        pre_migrate.connect(note_standing, dispatch_uid="people-permissions")
        post_migrate.connect(synchronise, dispatch_uid="people-groups")
