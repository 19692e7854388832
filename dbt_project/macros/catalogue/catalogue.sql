{#-
    The catalogue: every metric defined once. An entry says what the number means in words and, in SQL over the columns
    of its population, who is counted and what counts:

    denominator_sql   who of the population is a member; everybody when left out
    statistic_sql     who of the members the number can speak of (found in wage records, say); all when left out
    numerator_sql     who of these counts, of a rate
    amount_sql        what is averaged, or whose median or percentile is taken

    is_headline       true for the dozen that `make run` prints
    is_favorable      false when less is better, so that gaps are told of the complement

    versions          what differs from one definition of the number to another; what stands above them is of all

    A condition that is unknown does not hold. Everything else here is for readers.
-#}
{%- macro catalogue() -%}
    {%- set populations = {} -%}
    {%- for population in fromyaml(catalogue_populations()) -%}
        {%- do populations.update({population.population: population}) -%}
    {%- endfor -%}
    {%- set entries = [] -%}
    {%- for text in [catalogue_high_school(), catalogue_college(), catalogue_earnings(), catalogue_journey()] -%}
        {%- for entry in versions_of(text) -%}
            {%- set population = populations[entry.population] -%}
            {%- do entries.append(dict(
                entry,
                cohort_basis=population.cohort_basis,
                places=population.places,
                region_bases=entry.get('region_bases', [population.places.keys() | first]),
                has_coverage=entry.outcome_feed == 'wage',
                is_share=entry.statistic in ['rate', 'count'],
            )) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(entries) }}
{%- endmacro -%}

{#- The entries of a part of the catalogue, one for each version. -#}
{%- macro versions_of(text) -%}
    {%- set entries = [] -%}
    {%- for entry in fromyaml(text) -%}
        {%- for version in entry.get('versions', [{}]) -%}
            {%- do entries.append(dict(entry, **version)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(entries) }}
{%- endmacro -%}

{#- The entries of one population. -#}
{%- macro metrics_of(population) -%}
    {{ return(catalogue() | selectattr('population', 'equalto', population) | list) }}
{%- endmacro -%}

{#- The names of all populations that a metric is about. -#}
{%- macro populations() -%}
    {{ return(catalogue() | map(attribute='population') | unique | list) }}
{%- endmacro -%}

{#- The names of the populations with a metric of amounts: their distributions do not add up from counts. -#}
{%- macro populations_with_amounts() -%}
    {{ return(
        catalogue() | rejectattr('is_share') | rejectattr('statistic', 'equalto', 'mean')
        | map(attribute='population') | unique | list
    ) }}
{%- endmacro -%}

{%- macro is_member(metric) -%}({{ metric.get('denominator_sql', 'true') }}){%- endmacro -%}

{%- macro is_in_statistic(metric) -%}
    {{ is_member(metric) }} and ({{ metric.get('statistic_sql', 'true') }})
{%- endmacro -%}
