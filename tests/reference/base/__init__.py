"""What all of the reference shares: reading, persons, wages, statistics."""
