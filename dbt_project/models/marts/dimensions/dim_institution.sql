select
    institution.institution_id,
    coalesce(institution.institution_name, 'Not in the institution registry') as institution_name,
    institution.institution_type_code,
    institution.parent_institution_id,
    institution.county_fips,
    institution.county_name,
    institution.microregion,
    institution.macroregion,
    institution.jobs_first_region,
    institution.is_registered
from {{ ref('int_institution__current') }} as institution
