"""Deliveries of several files: where they lie and which feeds they hold."""
