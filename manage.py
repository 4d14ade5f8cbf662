#!/usr/bin/env python
"""Run a management command of the portal."""

import os
import sys


def main() -> None:
    """Hand the command line to Django, or stop with one clear line when the configuration is wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ocsportal.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"ocsportal: {error}")


if __name__ == "__main__":
    main()
