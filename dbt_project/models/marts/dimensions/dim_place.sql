with named as (
    select
        region_id,
        region_name
    from {{ ref('dim_region') }}
    union all
    select
        place.scheme || ':' || institution.institution_id as region_id,
        coalesce(institution.institution_name, institution.institution_id) as region_name
    from {{ ref('int_institution__current') }} as institution
    cross join (values ('institution'), ('district')) as place (scheme)
    where institution.is_out_of_state is not true
    union all
    select
        'consortium:' || consortium_id as region_id,
        consortium_name as region_name
    from {{ ref('dim_consortium') }}
)

select
    region_id,
    {{ scheme_of('region_id') }} as region_scheme,
    region_name
from named
