-- Without rows: the comparison needs the whole build, and publishing adds its rows to the release.
select
    cast(null as bigint) as change_number,
    cast(null as varchar) as kind,
    cast(null as boolean) as is_warning,
    cast(null as varchar) as feed,
    cast(null as varchar) as period,
    cast(null as varchar) as submitter,
    cast(null as varchar) as metric_id,
    cast(null as varchar) as definition_version,
    cast(null as varchar) as region_id,
    cast(null as double) as value_before,
    cast(null as double) as value_after,
    cast(null as bigint) as n_changed,
    cast(null as bigint) as n_people,
    cast(null as varchar) as sentence
where false
