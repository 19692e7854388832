{#-
    From a cohort to its metrics: members, counts and distributions, for every metric of the cohort at once.
    One pass over the cohort counts all its metrics, in every group at once; a metric adds columns to that pass and
    to its result. Views make rows of these columns, which DuckDB reads for the metrics that a query names.
-#}

{#- Student groups, each type with the columns that make it; a type of two columns before the types of each. -#}
{%- macro group_columns() -%}
    {{ return({
        'race_gender': ['race_ethnicity_code', 'gender_code'],
        'race_ethnicity': ['race_ethnicity_code'],
        'gender': ['gender_code'],
        'economically_disadvantaged': ['is_economically_disadvantaged'],
        'economically_disadvantaged_by_aid': ['is_economically_disadvantaged_by_aid'],
        'english_learner': ['is_english_learner'],
        'disability': ['has_disability'],
        'foster': ['is_foster'],
        'homeless': ['is_homeless'],
    }) }}
{%- endmacro -%}

{%- macro lowest_grouping(columns) -%}
    {%- for column in columns -%}grouping({{ column }}) = 0{{ ' and ' if not loop.last }}{%- endfor -%}
{%- endmacro -%}

{#- The type and the code of the group that a row of grouping sets is about: null of people whose program is not known. -#}
{%- macro student_group_and_value() -%}
    case
        {%- for type, columns in group_columns().items() %}
        when {{ lowest_grouping(columns) }} then '{{ type }}'
        {%- endfor %}
        else 'all'
    end as student_group,
    case
        when grouping(race_ethnicity_code) = 0 and grouping(gender_code) = 0
            then race_ethnicity_code || '-' || gender_code
        when grouping(race_ethnicity_code) = 0 then race_ethnicity_code
        when grouping(gender_code) = 0 then gender_code
        {%- for type, columns in group_columns().items() if columns[0].startswith(('is_', 'has_')) %}
        when grouping({{ columns[0] }}) = 0 then case when {{ columns[0] }} then 'yes' when not {{ columns[0] }} then 'no' end
        {%- endfor %}
        else 'all'
    end as student_group_value
{%- endmacro -%}

{#-
    Everybody of a relation under every dimension: its own, and those that are a person's whatever the cohort. A
    service or dual enrollment counts that began before the day `served_before` of the relation, on which the window of
    the outcome begins; where that day is null, nobody is under initiatives or dual enrollment.
-#}
{%- macro by_dimension(relation) -%}
    {#- A view of another file than the released one finds it by name. -#}
    {%- set dimension = ref('person_dimension').include(database=model.database != target.database) -%}
    select * from {{ relation }}
    union all by name
    select member.* replace (dimension.dimension as dimension, dimension.dimension_value as dimension_value)
    from {{ relation }} as member
    inner join {{ dimension }} as dimension
        on
            member.person_id = dimension.person_id
            and (dimension.served_from is null or dimension.served_from < member.served_before)
    where member.dimension = 'all'
    union all by name
    select
        member.* replace (
            'initiatives_served' as dimension,
            case served.initiatives
                when 1 then 'one'
                when 2 then 'two'
                else 'three_or_more'
            end as dimension_value
        )
    from {{ relation }} as member
    inner join (
        select
            person_id,
            served_from as nth_served_from,
            row_number() over (partition by person_id order by served_from, dimension_value) as initiatives,
            lead(served_from, 1, date '9999-12-31') over (
                partition by person_id order by served_from, dimension_value
            ) as next_served_from
        from {{ dimension }}
        where dimension = 'initiative'
    ) as served
        on
            member.person_id = served.person_id
            and served.nth_served_from < member.served_before
            and served.next_served_from >= member.served_before
    where member.dimension = 'all'
{%- endmacro -%}

{#- A cohort under every dimension, with the groups that each person belongs to. -#}
{%- macro cohort_members(cohort, served_before='cast(null as date)', has_aid=false) -%}
cohort as (
    select
        *,
        {{ served_before }} as served_before
    from {{ ref('cohort_' ~ cohort) }}
),

by_dimension as (
    {{ by_dimension('cohort') }}
),

member as (
    select
        by_dimension.*,
        attribute.race_ethnicity_code,
        attribute.gender_code,
        attribute.is_economically_disadvantaged,
        attribute.is_english_learner,
        attribute.has_disability,
        attribute.is_foster,
        attribute.is_homeless,
        {{ 'attribute.is_economically_disadvantaged_by_aid' if has_aid else 'cast(null as boolean)' }}
            as is_economically_disadvantaged_by_aid,
        {{ is_exact_match('attribute.weakest_match_method') }} as is_exact_match
    from by_dimension
    inner join {{ ref('int_person__attribute') }} as attribute
        on by_dimension.person_id = attribute.person_id
)
{%- endmacro -%}

{#- Grouping sets over a list of key columns, for all groups or those given. -#}
{%- macro group_by_sets(keys, types) -%}
    group by grouping sets (
        {%- for type in types %}
        ({{ (keys + group_columns().get(type, [])) | join(', ') }}){{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro -%}

{#- Number of members for whom a condition holds. -#}
{%- macro count_where(conditions) -%}
    count(*) filter (where ({{ conditions | join(') and (') }}))
{%- endmacro -%}

{#-
    Exact sum of an amount, or of its product with another: decimals add up the same in any order. Zero of nobody, as when
    the last who had an amount is taken away.
-#}
{%- macro sum_where(factors, conditions, type='decimal(18, 4)') -%}
    coalesce(sum(
        {%- for factor in factors -%}
        cast({{ factor }} as {{ type }}){{ ' * ' if not loop.last }}
        {%- endfor -%}
    ) filter (where ({{ conditions | join(') and (') }})), 0)
{%- endmacro -%}

{#-
    What is counted of each metric, by name: SQL over the members of a cell. What a metric has nothing to say of is left
    out, and null in the end.
-#}
{%- macro metric_counts(metric) -%}
    {%- if 'counts' in metric -%}{{ return(metric.counts) }}{%- endif -%}
    {%- set placed = "attribution in ('" ~ metric.attributions | join("', '") ~ "')" -%}
    {%- set here = [placed] if metric.attributions | length < metric.places | length else [] -%}
    {%- set members = here + [is_member(metric)] -%}
    {%- set in_statistic = here + [is_in_statistic(metric)] -%}
    {%- set counts = {
        'n_members': count_where(members),
        'n_in_statistic': count_where(in_statistic),
        'n_in_statistic_exact_match': count_where(in_statistic + ['is_exact_match']),
    } -%}
    {%- if metric.has_coverage -%}
        {%- do counts.update({
            'n_matchable': count_where(members + ['is_matchable']),
            'n_matched': count_where(members + ['is_matched']),
        }) -%}
    {%- endif -%}
    {%- if metric.get('numerator_sql') -%}
        {%- do counts.update({
            'n_numerator': count_where(in_statistic + [metric.numerator_sql]),
            'n_numerator_exact_match': count_where(in_statistic + [metric.numerator_sql, 'is_exact_match']),
        }) -%}
    {%- endif -%}
    {%- if metric.statistic == 'mean' -%}
        {%- do counts.update({
            'amount_sum': sum_where([metric.amount_sql], in_statistic),
            'amount_square_sum': sum_where([metric.amount_sql, metric.amount_sql], in_statistic),
            'amount_cube_sum': sum_where(['power(' ~ metric.amount_sql ~ ', 3)'], in_statistic, 'decimal(38, 12)'),
        }) -%}
    {%- endif -%}
    {%- do metric.update(counts=counts) -%}
    {{ return(counts) }}
{%- endmacro -%}

{#- Everything that a cell can hold, with its type. -#}
{%- macro cell_columns() -%}
    {{ return({
        'n_members': 'bigint',
        'n_matchable': 'bigint',
        'n_matched': 'bigint',
        'n_in_statistic': 'bigint',
        'n_numerator': 'bigint',
        'n_in_statistic_exact_match': 'bigint',
        'n_numerator_exact_match': 'bigint',
        'amount_sum': 'decimal(38, 4)',
        'amount_square_sum': 'decimal(38, 8)',
        'amount_cube_sum': 'decimal(38, 12)',
    }) }}
{%- endmacro -%}

{#-
    The columns of a cohort's counts by their SQL. Metrics that count the same people share a column, named for the
    first of them.
-#}
{%- macro count_columns(cohort) -%}
    {%- set columns = {} -%}
    {%- for metric in metrics_of(cohort) -%}
        {%- for name, sql in metric_counts(metric).items() -%}
            {%- do columns.setdefault(sql, metric.metric_id ~ '__' ~ metric.definition_version ~ '__' ~ name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro -%}

{#- Counts as they are stored: a number of people fits into 32 bits. -#}
{%- macro stored(column, sql) -%}
    {%- set type = cell_columns()[column.split('__')[-1]] -%}
    cast({{ sql }} as {{ 'uinteger' if type == 'bigint' else type }}) as {{ column }}
{%- endmacro -%}

{#-
    A cohort's counts, a row for each cell of the cuts that are stored and a column for each count of its metrics. A
    person has one place in a cohort, so counts by place add up to counts by region. People are counted once, with all
    who are alike in what groups are made of; these counts then add up to groups, and groups of places to regions. Groups
    within a dimension are stored for the state alone, and are counted there. An update adds and takes away what the
    touched people add.
-#}
{%- macro count_metrics(cohort) -%}
{{ config(meta={'adds_up': true}) }}
{%- set first = metrics_of(cohort)[0] -%}
{%- set places = first.places -%}
{%- set keys = ['attribution', 'cohort_year', 'dimension', 'dimension_value'] -%}
{%- set types = group_columns().keys() | list -%}
{%- set attributes = group_columns().values() | sum(start=[]) | unique | list -%}
{%- set counted, summed = [], [] -%}
{%- set columns = count_columns(cohort) -%}
{%- for sql, column in columns.items() -%}
    {%- do counted.append(stored(column, sql)) -%}
    {%- do summed.append(stored(column, 'sum(' ~ column ~ ')')) -%}
{%- endfor -%}
{%- set has_members, amounts = [], [] -%}
{%- for metric in metrics_of(cohort) -%}
    {%- do amounts.append(columns.get(metric_counts(metric).get('amount_cube_sum'))) -%}
    {%- do has_members.append(columns[metric_counts(metric).n_members] ~ ' > 0') -%}
{%- endfor -%}
{%- set counted = counted | join(',\n        ') -%}
{%- set summed = summed | join(',\n        ') -%}
with {{ cohort_members(cohort, first.served_before, first.has_aid) }},

placed as (
    {% for attribution, place in places.items() %}
    select
        *,
        '{{ attribution }}' as attribution,
        cast({{ place }} as varchar) as place_id
    from member
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

alike as (
    select
        place_id,
        {{ (keys + attributes) | join(', ') }},
        {{ counted }}
    from placed
    where dimension = 'all'
    group by place_id, {{ (keys + attributes) | join(', ') }}
),

alike_in_dimension as (
    select
        region.region_id,
        {{ (keys + attributes) | join(', ') }},
        {{ counted }}
    from placed
    inner join {{ ref('brg_place_region') }} as region
        on placed.place_id = region.place_id
    where
        dimension <> 'all'
        and region_scheme = 'statewide'
    group by region.region_id, {{ (keys + attributes) | join(', ') }}
),

place as (
    select
        place_id,
        {{ keys | join(', ') }},
        {{ student_group_and_value() }},
        {{ summed }}
    from alike
    {{ group_by_sets(['place_id'] + keys, ['all'] + types) }}
    union all
    select
        place_id,
        {{ keys | join(', ') }},
        'all' as student_group,
        'all' as student_group_value,
        {{ counted }}
    from placed
    where dimension <> 'all'
    group by place_id, {{ keys | join(', ') }}
),

cell as (
    select
        region.region_id,
        {{ keys | join(', ') }},
        student_group,
        student_group_value,
        {{ summed }}
    from place
    inner join {{ ref('brg_place_region') }} as region
        on place.place_id = region.place_id
    where student_group <> 'race_gender' or region_scheme not in {{ narrow_region_schemes() }}
    group by region.region_id, {{ keys | join(', ') }}, student_group, student_group_value
    union all
    select
        region_id,
        {{ keys | join(', ') }},
        {{ student_group_and_value() }},
        {{ summed }}
    from alike_in_dimension
    {{ group_by_sets(['region_id'] + keys, types | reject('equalto', 'race_gender') | list) }}
)

select * from cell
where
    student_group_value is not null
    and ({{ has_members | unique | join('\n        or ') }})
-- Cells of like size side by side take half the bytes; sums of amounts, of which most are zero, a third.
order by {{ (columns.values() | select('in', amounts) | list + [columns.values() | first]) | join(', ') }}
{%- endmacro -%}

{#-
    A cohort's counts, a row for each metric and cell with somebody in the cohort. Each wide row is joined to the list of
    metrics, so that a filter on metrics or on cells is applied before; a branch for each metric took seven times as long to
    plan and to scan for all metrics of a cell.
-#}
{%- macro narrow_counts(cohort) -%}
{%- set columns, metrics = count_columns(cohort), metrics_of(cohort) -%}
select
    metric.metric_id,
    metric.definition_version,
    counts.attribution,
    counts.region_id,
    counts.cohort_year,
    counts.dimension,
    counts.dimension_value,
    counts.student_group,
    counts.student_group_value,
    {%- for name, type in cell_columns().items() %}
    cast({{ count_of_metric(metrics, columns, name) }} as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('agg_counts_' ~ cohort).include(database=false) }} as counts
cross join (
    values
    {%- for metric in metrics %}
    ({{ loop.index }}, '{{ metric.metric_id }}', '{{ metric.definition_version }}'){{ ',' if not loop.last }}
    {%- endfor %}
) as metric (number, metric_id, definition_version)
where {{ count_of_metric(metrics, columns, 'n_members') }} > 0
{%- endmacro -%}

{#- One of the counts of the metric whose number a row of the list has; null where no metric has it. -#}
{%- macro count_of_metric(metrics, columns, name) -%}
    {%- set cases = [] -%}
    {%- for metric in metrics -%}
        {%- set column = columns.get(metric_counts(metric).get(name)) -%}
        {%- if column -%}{%- do cases.append('when ' ~ loop.index ~ ' then counts.' ~ column) -%}{%- endif -%}
    {%- endfor -%}
    {{ 'case metric.number ' ~ cases | join(' ') ~ ' end' if cases else 'null' }}
{%- endmacro -%}

{#-
    Cuts that are stored: every region by group, and every region by dimension; a dimension by group for the state alone; race by
    gender neither within a dimension nor for institutions and districts. What is left out would be half of all cells, with
    two people in them.
-#}
{%- macro narrow_region_schemes() -%}
    {{ return("(select scheme from " ~ ref('region_scheme') ~ " where is_narrow)") }}
{%- endmacro -%}

{#- These cuts for a grouping that cannot add up from places: members to take, and groups to tell apart among them. -#}
{%- macro metric_cuts() -%}
    {%- set types = group_columns().keys() | list -%}
    {%- set single = types | reject('equalto', 'race_gender') | list -%}
    {{ return([
        {'where': "dimension = 'all' and region_scheme not in " ~ narrow_region_schemes(), 'types': ['all'] + types},
        {'where': "dimension = 'all' and region_scheme in " ~ narrow_region_schemes(), 'types': ['all'] + single},
        {'where': "dimension <> 'all'", 'types': ['all']},
        {'where': "dimension <> 'all' and region_scheme = 'statewide'", 'types': single},
    ]) }}
{%- endmacro -%}

{#- Share of a distribution below the value that a statistic names. -#}
{%- macro quantile_of(statistic) -%}
    {{ return({'p25': 0.25, 'median': 0.5, 'p75': 0.75}[statistic]) }}
{%- endmacro -%}

{#-
    Median or percentile, with interval, of every metric of amounts of a cohort, by region, cohort, dimension and group. A
    roll-up reads the amounts that its shards have counted.
-#}
{%- macro measure_metrics(cohort) -%}
{{ config(meta={'made_by': ['cohort_year']}) }}
-- depends_on: {{ ref('amounts_' ~ cohort) }}
{%- if var('is_roll_up') %}
with {{ added_amounts(ref('amounts_' ~ cohort)) }}

{{ quantile_intervals('sorted') }}
union all
{{ quantile_intervals('binned', of_bins=true) }}
{%- else %}
with {{ sorted_amounts(cohort) }}

{{ quantile_intervals('sorted') }}
{%- endif %}
-- Cells of the same few people have the same value: side by side they take half the bytes.
order by value_low, value
{%- endmacro -%}

{#-
    The amounts of each cell: what shards give to a roll-up. Of more than var most_exact_amounts, each is rounded and has
    the number of people who have it.
-#}
{%- macro count_amounts(cohort) -%}
{#- The cast, since Sail would read back neither branch's own type of list from a table. -#}
{%- set type = 'struct(amount double, n integer)[]' -%}
with {{ sorted_amounts(cohort) }},

rounded as (
    select
        * exclude (amounts),
        unnest(list_transform(amounts, lambda one: {{ rounded_amount('one') }})) as amount
    from sorted
    where len(amounts) > {{ var('most_exact_amounts') }}
),

counted as (
    select
        *,
        cast(count(*) as integer) as n
    from rounded
    group by all
)

select
    * exclude (amounts),
    false as is_rounded,
    cast(list_transform(amounts, lambda one: {'amount': one, 'n': 1}) as {{ type }}) as amounts
from sorted
where len(amounts) <= {{ var('most_exact_amounts') }}
union all
select
    * exclude (amount, n),
    true as is_rounded,
    cast(list({'amount': amount, 'n': n}) as {{ type }}) as amounts
from counted
group by all
{%- endmacro -%}

{#- The CTE `sorted`, and those it reads: the sorted amounts of every such metric and cell. -#}
{%- macro sorted_amounts(cohort) -%}
{%- set metrics = metrics_of(cohort) | selectattr('statistic', 'in', ['p25', 'median', 'p75']) | list -%}
{{ cohort_members(cohort, metrics[0].served_before, metrics[0].has_aid) }},

{% for attribution, place in metrics[0].places.items() -%}
{%- set at_place = [] -%}
{%- for metric in metrics if attribution in metric.attributions -%}{%- do at_place.append(metric) -%}{%- endfor -%}
{%- if at_place %}
{{ attribution }}_member as (
    select
        member.*,
        region.region_id,
        region.region_scheme
    from member
    inner join {{ ref('brg_place_region') }} as region
        on cast(member.{{ place }} as varchar) = region.place_id
),

{{ attribution }}_measure as (
    {% for cut in metric_cuts() %}
    select
        '{{ attribution }}' as attribution,
        region_id,
        cohort_year,
        dimension,
        dimension_value,
        {{ student_group_and_value() if cut.types != ['all'] else "'all' as student_group, 'all' as student_group_value" }},
        [
            {%- for metric in at_place %}
            {
                'metric_id': '{{ metric.metric_id }}',
                'definition_version': '{{ metric.definition_version }}',
                'quantile': cast({{ quantile_of(metric.statistic) }} as double),
                'amounts':
                list(cast({{ metric.amount_sql }} as double)) filter (where {{ is_in_statistic(metric) }})
            }{{ ',' if not loop.last }}
            {%- endfor %}
        ] as metric
    from {{ attribution }}_member
    where {{ cut.where }}
    {{ group_by_sets(['region_id', 'cohort_year', 'dimension', 'dimension_value'], cut.types) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

{% endif -%}
{% endfor -%}
amount as (
    {% for attribution in metrics | map(attribute='attributions') | sum(start=[]) | unique %}
    select
        * exclude (metric),
        unnest(metric, max_depth := 2)
    from {{ attribution }}_measure
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

sorted as (
    select
        * exclude (amounts),
        list_sort(amounts) as amounts
    from amount
    where len(amounts) > 0 and student_group_value is not null
)
{%- endmacro -%}

{#- A cohort's members of every metric: the rows behind its values. -#}
{%- macro list_members(cohort) -%}
{% for metric in metrics_of(cohort) -%}
{%- set in_statistic = is_in_statistic(metric) -%}
{%- set outer_last = loop.last -%}
{%- for attribution in metric.attributions %}
select
    '{{ metric.metric_id }}' as metric_id,
    '{{ metric.definition_version }}' as definition_version,
    cohort_year,
    '{{ attribution }}' as attribution,
    cast({{ metric.places[attribution] }} as varchar) as place_id,
    dimension,
    dimension_value,
    person_id,
    coalesce({{ in_statistic }}, false) as is_in_statistic,
    {% if metric.get('numerator_sql') -%}
    coalesce(({{ in_statistic }}) and ({{ metric.numerator_sql }}), false) as is_numerator,
    {%- else -%}
    cast(null as boolean) as is_numerator,
    {%- endif %}
    case when {{ in_statistic }} then cast({{ metric.get('amount_sql', 'null') }} as double) end as amount
from {{ ref('cohort_' ~ cohort).include(database=false) }}
where {{ is_member(metric) }}
{{ 'union all' if not (loop.last and outer_last) }}
{%- endfor %}
{%- endfor %}
{%- endmacro -%}
