"""Backups and the rotation of keys. Floor 4."""
