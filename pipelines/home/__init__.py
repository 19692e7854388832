"""Files that are whole or not there, the writer's lock and versions of code. Floor 1."""
