"""Delivered files as text: one module for each format, and what refuses a file as a whole."""
