select
    institution.institution_id,
    coalesce(
        institution.institution_name,
        case when institution.is_out_of_state then 'College of another state' else 'Not in the institution registry' end
    ) as institution_name,
    institution.institution_type_code,
    institution.parent_institution_id,
    institution.county_fips,
    institution.county_name,
    institution.microregion,
    institution.macroregion,
    institution.jobs_first_region,
    institution.is_registered
from {{ ref('int_institution__current') }} as institution
