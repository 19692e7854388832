"""Grade 9 to leaving high school: plans, pathways, endings, spells, dual enrolment."""
