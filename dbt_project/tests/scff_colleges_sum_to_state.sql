{#-
    What: successes of the funding view by college add up to the state's.
    When it matters: a person counted at two colleges, or at a college outside the state, would earn points twice or never.
    How to resolve: each measure in scff_success must place a person at one college per year.
-#}
select
    academic_year,
    measure_code,
    sum(success_count) filter (where region_scheme = 'statewide') as state_count,
    sum(success_count) filter (where region_scheme = 'institution') as college_count
from {{ ref('scff_success') }}
group by academic_year, measure_code
having state_count is distinct from college_count
