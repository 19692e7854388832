{{ config(materialized='table') }}

with number as (
    select unnest(range(1, 1000)) as draw
),

-- A Halton sequence in place of random numbers: it fills the square evenly, and every machine draws the same.
uniform as (
    select
        draw,
        {{ radical_inverse('draw', 2) }} as u_2,
        {{ radical_inverse('draw', 3) }} as u_3,
        {{ radical_inverse('draw', 5) }} as u_5,
        {{ radical_inverse('draw', 7) }} as u_7
    from number
),

-- Box and Muller 1958: two uniform numbers make two normal ones.
normal as (
    select
        draw,
        sqrt(-2 * ln(u_2)) * cos(2 * pi() * u_3) as own_1,
        sqrt(-2 * ln(u_2)) * sin(2 * pi() * u_3) as own_2,
        sqrt(-2 * ln(u_5)) * cos(2 * pi() * u_7) as others_1,
        sqrt(-2 * ln(u_5)) * sin(2 * pi() * u_7) as others_2
    from uniform
)

select list({ 'own_1': own_1, 'own_2': own_2, 'others_1': others_1, 'others_2': others_2 } order by draw asc) as draws
from normal
