"""Unit tests of the site."""
