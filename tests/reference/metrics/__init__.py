"""Every metric and its equity, the tables beside them, and the truth of synthetic states."""
