"""manage.py load_reference_data"""

from django.core.management.base import BaseCommand

from ocsportal.entities.reference import load_reference_data


class Command(BaseCommand):
    """Add the configuration that every installation has."""

    help = "Add the reference data that is missing; existing codes are left alone."

    def handle(self, *args: object, **options: object) -> None:
        """Load, and say what was added."""
        counts = load_reference_data()
        listed = ", ".join(f"{count} × {name}" for name, count in counts.items())
        self.stdout.write(
            f"Reference data: added {listed}." if counts else "Reference data: everything was there already."
        )
