"""What to build, publishing a release, and explaining what it holds. Floor 3."""
