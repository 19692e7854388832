select
    institution.academic_year,
    institution.institution_id,
    institution.institution_name,
    institution.institution_type_code,
    institution.parent_institution_id,
    institution.county_fips,
    institution.microregion,
    institution.record_id,
    institution.submitter,
    institution.delivery_sha256,
    cast(institution.row_number as bigint) as row_number
from {{ source('accepted', 'institution') }} as institution
