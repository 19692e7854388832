"""The list of analyses: assets, empty tables and what a build reads iterate it.

Lives here: the list. Does not: any metric or estimate.
"""

from pipelines.linkage_review import clerical_review, sensitivity

ANALYSES = (sensitivity.ANALYSIS, clerical_review.ANALYSIS)
