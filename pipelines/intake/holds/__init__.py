"""Deliveries that wait for a person: what holds one, and who released it why."""
