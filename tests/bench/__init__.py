"""Speed beside a floor and a draft, side by side in one run (docs/performance.md): `make bench`."""
