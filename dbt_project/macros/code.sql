{#- Rules of the field about codes, for codes that carry more than a name. -#}

{#- A capstone counts when its grade is C- or better. -#}
{%- macro is_passing_grade(grade_code) -%}
    {{ grade_code }} in ('A+', 'A', 'A-', 'B+', 'B', 'B-', 'C+', 'C', 'C-')
{%- endmacro -%}

{#- MIS has B for non-binary and X for unknown; CALPADS, and the warehouse, have X for non-binary. -#}
{%- macro gender_of_mis(gender_code) -%}
    case {{ gender_code }} when 'B' then 'X' when 'X' then 'Z' else {{ gender_code }} end
{%- endmacro -%}

{#- The NAICS sector of a NAICS code: the first two digits, with the ranges that NAICS writes as one sector; none for
    an employer whose industry is not known (999999). -#}
{%- macro naics_sector(naics_code) -%}
    case
        when left({{ naics_code }}, 2) in ('31', '32', '33') then '31-33'
        when left({{ naics_code }}, 2) in ('44', '45') then '44-45'
        when left({{ naics_code }}, 2) in ('48', '49') then '48-49'
        when {{ naics_code }} <> '999999' then left({{ naics_code }}, 2)
    end
{%- endmacro -%}

{#- A college course is passed with C- or better, or P. -#}
{%- macro is_passing_college_grade(grade_code) -%}
    ({{ is_passing_grade(grade_code) }} or {{ grade_code }} = 'P')
{%- endmacro -%}

{#- Certificates and degrees that a community college awards: not what universities and certifying bodies do. -#}
{%- macro is_college_award(award_type_code) -%}
    {{ award_type_code }} in ('N', 'M', 'T', 'F', 'O', 'G', 'A', 'S', 'Y', 'Z')
{%- endmacro -%}

{#- Awards of a community college that stand for approval by the Chancellor's Office: certificates of 8 units and more, degrees. -#}
{%- macro is_approved_award(award_type_code) -%}
    {{ award_type_code }} in ('N', 'M', 'T', 'F', 'A', 'S', 'Y', 'Z')
{%- endmacro -%}

{#- Award levels, the lowest first, and the place of one among them. The rank in award_type holds certificate and industry equal. -#}
{%- macro award_levels() -%}
    (['industry', 'certificate', 'apprenticeship', 'associate', 'bachelor'])
{%- endmacro -%}

{%- macro award_level_order(award_level) -%}
    list_position({{ award_levels() }}, {{ award_level }})
{%- endmacro -%}

{#- Place of a certificate among those of its level, by the units that its type asks for; 0 for what has none. -#}
{%- macro award_units_order(award_type_code) -%}
    coalesce(list_position(['N', 'M', 'T', 'F'], {{ award_type_code }}), 0)
{%- endmacro -%}

{#- A level of award, with certificates distinguished by length where their type says it. -#}
{%- macro credential_type(award_level, award_type_code) -%}
    case
        when {{ award_level }} <> 'certificate' then {{ award_level }}
        when {{ award_type_code }} = 'N' then 'certificate_under_16_units'
        when {{ award_type_code }} in ('M', 'T', 'F') then 'certificate_16_units'
        else 'certificate_other'
    end
{%- endmacro -%}

{#- Scheme of a region, which its id begins with: DuckDB filters by it before it counts anything there. -#}
{%- macro scheme_of(region_id) -%}
    split_part({{ region_id }}, ':', 1)
{%- endmacro -%}
