-- What `pathways query` knows beside the tables of a release: macros of this session alone.
create temp macro metric(id) as table
select cohort_year, definition_version, numerator, denominator, value, value_low, value_high, is_complete
from metrics.by_region
where metric_id = id and region_scheme = 'statewide'
order by definition_version, cohort_year;

create temp macro metric_by(id, scheme) as table
select region_name, cohort_year, definition_version, numerator, denominator, value, value_low, value_high
from metrics.by_region
where metric_id = id and region_scheme = scheme and is_complete
order by definition_version, cohort_year, region_name;

create temp macro explain(id) as table
select definition_version, meaning, denominator, numerator, time_rule, caveats
from metrics.metric_definition
where metric_id = id
order by definition_version;

create temp macro columns_of(name) as table
select column_name, data_type, comment
from duckdb_columns()
where schema_name || '.' || table_name = name
order by column_index;

.print Start with:
.print   from metrics.headline;                        the state in twelve numbers
.print   from metric('college_going_rate');            a metric over its cohorts
.print   from metric_by('college_going_rate', 'county');   the same by place
.print   from explain('college_going_rate');           what it means
.print   from columns_of('metrics.by_group');          what a table has
.print Nothing here is suppressed: is_large_enough is false where a value may not leave your team.
.print docs/query.md has more; Ctrl+D leaves.
