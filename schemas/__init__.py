"""What valid data is: one pandera contract per feed, code sets and reusable rules.

Lives here: contracts and `FEEDS`, the one list that everything iterates.
Does not: any I/O, orchestration or SQL.
"""

from schemas import (
    college_enrollment,
    credential,
    dual_enrollment,
    institution,
    k12_enrollment,
    k12_pathway,
    wage,
    work_based_learning,
)
from schemas.contract import Feed, feeds_by_name

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
    ]
)
