{{ config(materialized='table') }}

with member as (
    select
        person.metric_id,
        person.definition_version,
        person.cohort_year,
        person.institution_id,
        person.pathway_sector_code,
        student_group.group_type,
        student_group.group_code,
        person.is_numerator,
        person.amount,
        person.is_matchable,
        person.is_matched,
        person.is_in_statistic,
        {{ is_certain('attribute.weakest_match_method') }} as is_certain
    from {{ ref('int_metric__person') }} as person
    inner join {{ ref('int_person__student_group') }} as student_group
        on person.person_id = student_group.person_id
    inner join {{ ref('int_person__attribute') }} as attribute
        on person.person_id = attribute.person_id
),

-- A person belongs to one institution per metric and cohort, so counts add up: counted by institution first, the
-- five region schemes multiply a few thousand cells and not every person.
institution_count as (
    select
        metric_id,
        definition_version,
        cohort_year,
        institution_id,
        pathway_sector_code,
        group_type,
        group_code,
        count(*) as n_members,
        count(*) filter (where is_matchable) as n_matchable,
        count(*) filter (where is_matched) as n_matched,
        count(*) filter (where is_in_statistic) as n_in_statistic,
        count(*) filter (where is_in_statistic and is_numerator) as n_numerator,
        count(*) filter (where is_in_statistic and is_certain) as n_in_statistic_certain,
        count(*) filter (where is_in_statistic and is_numerator and is_certain) as n_numerator_certain
    from member
    group by
        metric_id, definition_version, cohort_year, institution_id, pathway_sector_code, group_type, group_code
),

region_count as (
    select
        institution_count.metric_id,
        institution_count.definition_version,
        institution_count.cohort_year,
        region.region_id,
        institution_count.pathway_sector_code,
        institution_count.group_type,
        institution_count.group_code,
        sum(institution_count.n_members) as n_members,
        sum(institution_count.n_matchable) as n_matchable,
        sum(institution_count.n_matched) as n_matched,
        sum(institution_count.n_in_statistic) as n_in_statistic,
        sum(institution_count.n_numerator) as n_numerator,
        sum(institution_count.n_in_statistic_certain) as n_in_statistic_certain,
        sum(institution_count.n_numerator_certain) as n_numerator_certain
    from institution_count
    inner join {{ ref('int_institution__region') }} as region
        on institution_count.institution_id = region.institution_id
    group by
        institution_count.metric_id,
        institution_count.definition_version,
        institution_count.cohort_year,
        region.region_id,
        institution_count.pathway_sector_code,
        institution_count.group_type,
        institution_count.group_code
),

-- Medians do not add up: they need every amount of the cell.
region_amount as (
    select
        member.metric_id,
        member.definition_version,
        member.cohort_year,
        region.region_id,
        member.pathway_sector_code,
        member.group_type,
        member.group_code,
        list(cast(member.amount as double) order by member.amount) as amounts
    from member
    inner join {{ ref('int_institution__region') }} as region
        on member.institution_id = region.institution_id
    where member.amount is not null
    group by
        member.metric_id,
        member.definition_version,
        member.cohort_year,
        region.region_id,
        member.pathway_sector_code,
        member.group_type,
        member.group_code
)

select
    region_count.metric_id,
    region_count.definition_version,
    region_count.cohort_year,
    region_count.region_id,
    region_count.pathway_sector_code,
    region_count.group_type,
    region_count.group_code,
    cast(region_count.n_members as bigint) as n_members,
    cast(region_count.n_matchable as bigint) as n_matchable,
    cast(region_count.n_matched as bigint) as n_matched,
    cast(region_count.n_in_statistic as bigint) as n_in_statistic,
    cast(region_count.n_numerator as bigint) as n_numerator,
    cast(region_count.n_in_statistic_certain as bigint) as n_in_statistic_certain,
    cast(region_count.n_numerator_certain as bigint) as n_numerator_certain,
    region_amount.amounts
from region_count
left join region_amount
    on
        region_count.metric_id = region_amount.metric_id
        and region_count.definition_version = region_amount.definition_version
        and region_count.cohort_year = region_amount.cohort_year
        and region_count.region_id = region_amount.region_id
        and region_count.pathway_sector_code = region_amount.pathway_sector_code
        and region_count.group_type = region_amount.group_type
        and region_count.group_code = region_amount.group_code
