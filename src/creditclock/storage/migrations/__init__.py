"""Migrations: one history for both databases."""
