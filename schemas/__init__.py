"""What valid data is: one pandera contract per feed, code sets and reusable rules.

Lives here: contracts and `FEEDS`, the one list that everything iterates.
Does not: any I/O, orchestration or SQL.
"""

from schemas.contract import Feed, feeds_by_name
from schemas.feeds import (
    college_enrollment,
    consortium_member,
    credential,
    dual_enrollment,
    initiative_grant,
    initiative_participation,
    institution,
    k12_enrollment,
    k12_pathway,
    labor_demand,
    wage,
    work_based_learning,
)

FEEDS: dict[str, Feed] = feeds_by_name(
    [
        institution.FEED,
        k12_enrollment.FEED,
        k12_pathway.FEED,
        work_based_learning.FEED,
        dual_enrollment.FEED,
        college_enrollment.FEED,
        credential.FEED,
        wage.FEED,
        consortium_member.FEED,
        initiative_grant.FEED,
        initiative_participation.FEED,
        labor_demand.FEED,
    ]
)
