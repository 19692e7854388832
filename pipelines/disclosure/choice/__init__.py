"""Which cells are hidden: small ones, those that would give them away, and public bounds."""
