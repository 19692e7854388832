"""The site: what a release says, as pages that anybody can read, built into files."""
