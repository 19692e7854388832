{{ config(materialized='table') }}

-- A Halton sequence in place of random numbers: it fills the square evenly, and every machine draws the same.
with uniform as (
    select
        draw,
        {% for base in [2, 3, 5, 7] %}
        {{ radical_inverse('draw', base) }} as u_{{ base }}{{ ',' if not loop.last }}
        {% endfor %}
    from range(1, 1000) as number (draw)
)

-- Box and Muller 1958: two uniform numbers make two normal ones.
select list(
    {
        'own_1': sqrt(-2 * ln(u_2)) * cos(2 * pi() * u_3),
        'own_2': sqrt(-2 * ln(u_2)) * sin(2 * pi() * u_3),
        'others_1': sqrt(-2 * ln(u_5)) * cos(2 * pi() * u_7),
        'others_2': sqrt(-2 * ln(u_5)) * sin(2 * pi() * u_7)
    }
    order by draw
) as draws
from uniform
