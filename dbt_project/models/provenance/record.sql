{{ config(meta={'made_by': ['record_id']}) }}

{% for feed, period in feeds().items() %}
    select
        record_id,
        '{{ feed }}' as feed,
        {{ period }} as period,
        submitter,
        delivery_sha256,
        row_number
    from {{ ref('stg_' ~ feed) }}
    {{ 'union all' if not loop.last }}
{% endfor %}
