"""The files of a build: updating them, and writing one anew."""
