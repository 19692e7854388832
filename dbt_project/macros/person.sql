{#-
    How a record finds its person. Every staging model with people uses this one join; it adds person_id and
    match_method and leaves source_person_key behind, so that no key of a submitter travels further.
-#}
{%- macro join_person(feed, record) -%}
    left join {{ ref('stg_person_crosswalk') }} as crosswalk
        on
            crosswalk.source = '{{ feed }}'
            and {{ record }}.source_person_key = crosswalk.source_person_key
{%- endmacro -%}

{#-
    Feeds whose people the metrics know, in the order in which a life meets them. initiative_participation is not one:
    it would add people to dim_person and SSNs to is_matchable_to_wages, which speaks of college records.
-#}
{%- macro person_feeds() -%}
    {{ return([
        'k12_enrollment', 'k12_pathway', 'work_based_learning', 'dual_enrollment', 'college_enrollment', 'credential',
        'wage',
    ]) }}
{%- endmacro -%}
