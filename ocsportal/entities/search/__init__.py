"""Find entities by the text that each keeps of its names, contact and attributes (docs/adr/0024-search-text.md)."""
