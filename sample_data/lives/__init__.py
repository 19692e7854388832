"""Lives: who people are, and their colleges, awards, work, pay and services."""
