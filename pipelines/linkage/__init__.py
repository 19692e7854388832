"""Who is who: one person across agencies. Floor 3."""
