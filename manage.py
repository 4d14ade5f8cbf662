#!/usr/bin/env python
"""Run a management command of the portal."""

import os
import sys


def main() -> None:
    """Hand the command line to Django; stop with one clear line where configuration or database are not as needed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ocsportal.settings")
    for word in sys.argv[1:]:
        if not word.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in word):
            sys.exit(f"ocsportal: {word!a} is not UTF-8.")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError, InterfaceError

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"ocsportal: {error}")
    except ModuleNotFoundError as error:
        if error.name != os.environ["DJANGO_SETTINGS_MODULE"]:
            raise
        sys.exit(f"ocsportal: DJANGO_SETTINGS_MODULE names no module: {error.name!r}.")
    except KeyboardInterrupt:
        sys.exit(130)
    except (DatabaseError, InterfaceError) as error:
        from ocsportal.transactions.outage import database_words

        if "--traceback" in sys.argv or (words := database_words(error)) is None:
            raise
        sys.exit(f"ocsportal: {words}")


if __name__ == "__main__":
    main()
