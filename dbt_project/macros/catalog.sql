{#-
    The metric catalog, read while models are compiled from `config.meta` of the property files in models/metrics:
    `cohort` (basis, attributed_to, grain), `metric_defaults` and `metrics` beside each cohort, `comparisons` beside
    metric_equity and `unsupported` beside metric_unsupported. metrics.schema.json describes an entry.
-#}

{#- The cohorts, in the order of the catalog: while dbt parses, it knows of no property file yet. -#}
{%- macro cohorts() -%}
    {{ return([
        'student_year', 'ninth_grade_cohort', 'completer', 'graduate', 'graduate_outcome', 'special_admit_cohort', 'dual_enrollment_year',
        'college_entrant', 'college_year', 'exiter', 'award_earner', 'journey',
    ]) }}
{%- endmacro -%}

{#- The cohorts with a median or percentile, which does not add up from counts. -#}
{%- macro cohorts_with_amounts() -%}
    {{ return(['graduate_outcome', 'exiter', 'award_earner']) }}
{%- endmacro -%}

{#- A property file's `config.meta`. dbt compiles unit tests without a graph, so they override this macro. -#}
{%- macro catalog_meta(model_name) -%}
    {{ return(graph.nodes['model.' ~ project_name ~ '.' ~ model_name].config.meta) }}
{%- endmacro -%}

{#- Variables of the project that a text of the catalog or of the seed caveat may name in braces. -#}
{%- macro catalog_vars() -%}
    {%- set values = {} -%}
    {%- for name in ['attachment_floor_usd', 'cpi_base_year', 'living_wage_source', 'living_wage_vintage'] -%}
        {%- do values.update({name: var(name)}) -%}
    {%- endfor -%}
    {{ return(values) }}
{%- endmacro -%}

{#- A text, or each of a list of texts, with its placeholders filled; the value of a placeholder may hold another. -#}
{%- macro filled(text, values) -%}
    {%- if text is string -%}
        {{ return(text.format(**values).format(**values)) }}
    {%- elif text is sequence and text is not mapping -%}
        {%- set texts = [] -%}
        {%- for one in text -%}{%- do texts.append(filled(one, values)) -%}{%- endfor -%}
        {{ return(texts) }}
    {%- endif -%}
    {{ return(text) }}
{%- endmacro -%}

{#-
    Entries as metric_definition names their fields: one for each version, with what it inherits. A null removes a
    default; a rate, count or ratio is its own unit. Placeholders in texts are filled with `values` of the version, the
    metric and the defaults, any field of the entry, some variables of the project, {window} (3 years, of version
    3_years) and {number} (3).
-#}
{%- macro metric_versions(metrics, defaults={}) -%}
    {%- set columns = {
        'name': 'metric_id', 'version': 'definition_version', 'label': 'metric_name', 'description': 'meaning',
        'type': 'statistic', 'attributed_to': 'attributions',
    } -%}
    {%- set entries = [] -%}
    {%- for metric in metrics -%}
        {%- for version in metric.get('versions', [{}]) -%}
            {%- set fields = dict(dict(defaults, **metric), **version) -%}
            {%- do fields.setdefault('unit', fields.type) -%}
            {%- set words = fields.version.split('_') -%}
            {%- set values = dict(dict(catalog_vars(), **fields), window=words | join(' '), number=words[0]) -%}
            {%- for level in [defaults, metric, version] -%}
                {%- do values.update(level.get('values') or {}) -%}
            {%- endfor -%}
            {%- set entry = {} -%}
            {%- for field, text in fields.items() if text is not none and field not in ['values', 'versions'] -%}
                {%- do entry.update({columns.get(field, field): filled(text, values)}) -%}
            {%- endfor -%}
            {%- do entries.append(entry) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(entries) }}
{%- endmacro -%}

{#-
    The metrics of one cohort. While dbt parses, one that stands for them, so that models refer to what they read. Stored
    beside what they are made of: some 80 nodes ask.
-#}
{%- macro metrics_of(cohort) -%}
    {%- set meta = catalog_meta('cohort_' ~ cohort) if execute else {
        'cohort': {'basis': 'year', 'attributed_to': {'place': 'place_id'}},
        'metrics': [{'name': cohort, 'version': 'parsed', 'type': 'median', 'amount_sql': '1', 'outcome_feed': 'wage',
            'follow_up_months': 0}],
    } -%}
    {%- if 'expanded' in meta -%}{{ return(meta.expanded) }}{%- endif -%}
    {%- set places = meta.cohort.attributed_to -%}
    {%- set entries = [] -%}
    {%- for entry in metric_versions(meta.metrics, meta.get('metric_defaults', {})) -%}
        {%- do entries.append(dict(
            {'cohort': cohort, 'attributions': [places.keys() | first]},
            cohort_basis=meta.cohort.basis,
            places=places,
            served_before=meta.cohort.get('served_before', 'cast(null as date)'),
            cohort_reads=meta.cohort.get('reads', {}),
            has_aid=meta.cohort.get('has_aid', false),
            has_coverage=entry.outcome_feed == 'wage',
            **entry
        )) -%}
    {%- endfor -%}
    {%- do meta.update(expanded=entries) -%}
    {{ return(entries) }}
{%- endmacro -%}

{#-
    The feeds that a metric reads, each with the years before the cohort's year and the months after it that it must
    cover: that of the outcome, the confirming one, and those that `reads` of the cohort and of the entry name.
-#}
{%- macro feed_windows(metric) -%}
    {%- set before = metric.get('lookback_years', 0) -%}
    {%- set wanted = [
        [metric.outcome_feed, before, metric.follow_up_months],
        [metric.get('confirming_feed'), before, metric.get('confirming_months', 0)],
    ] -%}
    {%- for feed, window in dict(metric.cohort_reads, **metric.get('reads', {})).items() -%}
        {%- do wanted.append([feed, window.get('before', 0), window.get('after', 0)]) -%}
    {%- endfor -%}
    {%- set windows = {} -%}
    {%- for feed, years, months in wanted if feed -%}
        {%- set known = windows.get(feed, {'before': years, 'after': months}) -%}
        {%- do windows.update({feed: {
            'before': [known.before, years] | max,
            'after': [known.after, months] | max,
            'is_exit': metric.cohort == 'exiter' and feed == 'college_enrollment',
        }}) -%}
    {%- endfor -%}
    {{ return(windows) }}
{%- endmacro -%}

{#- A metric whose outcome's window begins before the day that its cohort names is not offered by initiative or dual enrollment. -#}
{%- macro is_member(metric) -%}
    ({{ metric.get('denominator_sql', 'true') }})
    {%- if not metric.get('by_initiative', true) %} and dimension not in ('initiative', 'initiatives_served', 'dual_enrolled')
    {%- endif -%}
{%- endmacro -%}

{%- macro is_in_statistic(metric) -%}
    {{ is_member(metric) }} and ({{ metric.get('statistic_sql', 'true') }})
{%- endmacro -%}
