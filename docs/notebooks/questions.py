"""Five questions to a release, as a marimo notebook: `marimo edit docs/notebooks/questions.py`.

marimo is in an environment of its own (`pip install marimo duckdb polars pyarrow`), since it asks
for older versions of what builds the docs. The notebook reads the release of PATHWAYS_HOME, or of
`data/`, and nothing else.
"""

import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    import os
    from pathlib import Path

    import duckdb
    import marimo as mo

    home = Path(os.environ.get("PATHWAYS_HOME", "data"))
    path = home / "releases" / "current" / "warehouse.duckdb"
    warehouse = duckdb.connect(str(path), read_only=True)
    mo.md(
        f"""
        # Five questions

        To the release in `{path}`. Nothing in it is suppressed: where `is_large_enough` is false,
        a value may not leave your team. A difference is not an effect.
        """
    )
    return mo, warehouse


@app.cell
def _(mo, warehouse):
    mo.vstack(
        [
            mo.md("## 1. How does the state do?"),
            warehouse.sql(
                """
                select metric_name, cohort_year, denominator, value, value_low, value_high, trend,
                       group_furthest_behind, is_large_enough
                from metrics.headline
                """
            ).pl(),
        ]
    )
    return


@app.cell
def _(mo, warehouse):
    names = warehouse.sql(
        "select distinct metric_name from metrics.headline order by metric_name"
    ).fetchall()
    metric = mo.ui.dropdown([name for (name,) in names], value=names[0][0], label="Measure")
    scheme = mo.ui.dropdown(
        ["macroregion", "county", "district", "consortium"], value="macroregion", label="Places"
    )
    mo.vstack([mo.md("## 2. Where does my region stand?"), mo.hstack([metric, scheme])])
    return metric, scheme


@app.cell
def _(metric, scheme, warehouse):
    warehouse.sql(
        f"""
        select here.region_name, here.cohort_year, here.denominator, here.value, here.value_low,
               here.value_high, state.value as state,
               case when here.value_low > state.value_high then 'above'
                    when here.value_high < state.value_low then 'below'
                    else 'not distinguishable' end as beside_the_state
        from metrics.by_region as here
        join metrics.headline as state using (metric_id, definition_version, cohort_year)
        where state.metric_name = '{metric.value}' and here.region_scheme = '{scheme.value}'
          and here.denominator >= 11
        order by here.region_name
        """
    ).pl()
    return


@app.cell
def _(metric, mo, warehouse):
    mo.vstack(
        [
            mo.md("## 3. For whom does it work less well?"),
            warehouse.sql(
                f"""
                select groups.group_name, equity.group_n, equity.group_rate, equity.reference_rate,
                       equity.value as gap, equity.value_low, equity.value_high, equity.q_value
                from metrics.metric_equity as equity
                join metrics.headline as state using (metric_id, definition_version, cohort_year)
                join marts.dim_student_group as groups
                    using (student_group, student_group_value)
                where state.metric_name = '{metric.value}' and equity.region_scheme = 'statewide'
                  and equity.dimension = 'all' and equity.equity_method = 'ppg1_2022'
                  and equity.group_n >= 11
                order by gap
                """
            ).pl(),
        ]
    )
    return


@app.cell
def _(mo, warehouse):
    mo.vstack(
        [
            mo.md("## 4. Who is in more than one initiative?"),
            warehouse.sql(
                """
                select initiative_code, other_initiative_code, in_both, share_of_initiative
                from collaboration.initiative_overlap
                where entity_type = 'person' and academic_year = 'all' and in_both > 0
                  and region_id = 'statewide:California' and initiative_code < other_initiative_code
                order by in_both desc
                """
            ).pl(),
        ]
    )
    return


@app.cell
def _(mo, warehouse):
    mo.vstack(
        [
            mo.md("## 5. Which pathways outlived their grant?"),
            warehouse.sql(
                """
                select school.institution_name, sector.pathway_sector_name, unit.initiative_code,
                       unit.funded_to_year, unit.last_active_year, unit.status
                from collaboration.continuity as unit
                join marts.dim_institution as school on unit.school_id = school.institution_id
                join marts.dim_pathway_sector as sector using (pathway_sector_code)
                where unit.unit_type = 'pathway' and unit.is_observable
                  and unit.initiative_code <> 'all'
                order by unit.status, school.institution_name
                """
            ).pl(),
        ]
    )
    return


if __name__ == "__main__":
    app.run()
