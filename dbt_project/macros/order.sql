{#-
    Which of several records of a person decides, by what they say: no order of rows or files does. Each list names
    every column that is read of the record chosen, so that records which tie are alike.
-#}

{#-
    Enrollments in high school, the last one first: a primary one, that began last, ended last (an open one last of
    all), is of the later year, at the school of the higher id, in the higher grade. It is the home school of a year, the
    final school of a cohort member, and the school of a graduate with two diplomas of one day.
-#}
{%- macro last_enrollment_first() -%}
    enrollment_status_code = '10' desc,
    enrollment_entry_date desc,
    enrollment_exit_date desc nulls first,
    academic_year desc,
    school_id desc,
    grade_level desc,
    exit_code desc nulls last,
    race_ethnicity_code,
    gender_code
{%- endmacro -%}
