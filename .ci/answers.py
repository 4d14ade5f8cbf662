"""Exit 0 when the PostgreSQL server of a URL answers and the user may make databases."""

import sys

import psycopg

with psycopg.connect(sys.argv[1], connect_timeout=3) as connection:
    row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
sys.exit(0 if row and row[0] else 1)
