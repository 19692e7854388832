"""Layouts that agencies bring, as YAML, and the models that hold it to its form."""
