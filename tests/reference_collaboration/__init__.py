"""A second implementation of the collaboration tables, written from their descriptions.

It reads the accepted feeds, the person crosswalk and the seed tables, and computes in polars what
the warehouse publishes in schema `collaboration`. Nothing here is copied from, or calls, the dbt
project. Survival curves are scipy's, not a second Kaplan-Meier by the same hand.
"""

from .alignment import momentum_point, regional_alignment
from .continuity import consortium_year, continuity, dissolved, survival_curve
from .initiatives import concurrent_initiatives, initiative_overlap, initiative_year, partner_year
from .inputs import Inputs, read_inputs
from .links import link_year, network_year

__all__ = [
    "Inputs",
    "concurrent_initiatives",
    "consortium_year",
    "continuity",
    "dissolved",
    "initiative_overlap",
    "initiative_year",
    "link_year",
    "momentum_point",
    "network_year",
    "partner_year",
    "read_inputs",
    "regional_alignment",
    "survival_curve",
]
