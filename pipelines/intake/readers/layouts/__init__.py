"""Files in the layouts that agencies bring, read into rows of the contracts."""
