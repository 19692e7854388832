"""What may stop a release: volume, drift, references, movement. Floor 3."""
