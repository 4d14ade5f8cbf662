"""Kinds of values: how what people and programs write is understood, kept and shown (docs/values.md).

One small module per kind, all of them pure functions: text goes in, the canonical form comes out, or a Refusal in plain
words. The room knows no database, no request and nothing else of the project.
"""
