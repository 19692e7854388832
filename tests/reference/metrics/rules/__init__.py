"""Who of a cohort each metric counts, by cohort family."""
