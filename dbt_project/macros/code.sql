{#- Rules of the field about codes, for codes that carry more than a name. -#}

{#- A capstone counts when its grade is C- or better. -#}
{%- macro is_passing_grade(grade_code) -%}
    {{ grade_code }} in ('A+', 'A', 'A-', 'B+', 'B', 'B-', 'C+', 'C', 'C-')
{%- endmacro -%}

{#- The NAICS sector of a NAICS code: the first two digits, with the ranges that NAICS writes as one sector. -#}
{%- macro naics_sector(naics_code) -%}
    case
        when left({{ naics_code }}, 2) in ('31', '32', '33') then '31-33'
        when left({{ naics_code }}, 2) in ('44', '45') then '44-45'
        when left({{ naics_code }}, 2) in ('48', '49') then '48-49'
        else left({{ naics_code }}, 2)
    end
{%- endmacro -%}

{#- A college course is passed with C- or better, or P. -#}
{%- macro is_passing_college_grade(grade_code) -%}
    ({{ is_passing_grade(grade_code) }} or {{ grade_code }} = 'P')
{%- endmacro -%}
