"""Static files: collected under unchangeable names, or as they are where `collectstatic` was not run (yet)."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class AssetStorage(CompressedManifestStaticFilesStorage):
    """Unchangeable names for what was collected, plain ones for the rest, so that no page fails for want of a file."""

    def stored_name(self, name: str) -> str:
        """Return the name that a page links to."""
        try:
            found: str = super().stored_name(name)
        except ValueError:  # nothing was collected, or an older version of the portal was
            return name
        return found
