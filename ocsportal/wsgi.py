"""The WSGI entry point that the production server loads."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from ocsportal.chunked import taking_chunks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ocsportal.settings")

try:
    application = taking_chunks(get_wsgi_application(), settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)
except ImproperlyConfigured as error:
    sys.exit(f"ocsportal: {error}")
