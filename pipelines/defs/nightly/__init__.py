"""The nightly refresh, which loads assets only where something is new."""
