{#- Metrics of college students. What an entry holds is told in catalogue.sql. -#}
{%- macro catalogue_college() -%}
[]
{%- endmacro -%}
