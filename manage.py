#!/usr/bin/env python
"""Run a management command of the portal."""

import os
import sys


def main() -> None:
    """Hand the command line to Django; stop with one clear line where configuration or database are not as needed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ocsportal.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError, InterfaceError

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"ocsportal: {error}")
    except (DatabaseError, InterfaceError) as error:
        from ocsportal.failures import database_words

        if "--traceback" in sys.argv or (words := database_words(error)) is None:
            raise
        sys.exit(f"ocsportal: {words}")


if __name__ == "__main__":
    main()
