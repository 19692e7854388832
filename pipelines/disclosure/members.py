"""Who came and who went between two releases, for numbers that are corrected.

Lives here: member sets of two warehouses, compared. Does not: what is hidden for it (`choice`).
"""

import duckdb

from pipelines.disclosure.blocks import LEFT, Block, CountCell

MEMBERS = """
    select distinct
        member.metric_id || '@' || member.definition_version as metric,
        unnest(if(is_numerator, ['numerator', 'denominator'], ['left', 'denominator'])) as part,
        student_group,
        region_id,
        student_group_value,
        person_id
    from metrics.metric_member as member
    inner join marts.brg_person_group as person using (person_id)
    inner join marts.brg_place_region as place using (place_id)
    where
        metric in (select unnest($metrics))
        and cohort_year = $year
        and attribution = $attribution
        and dimension = 'all'
        and is_in_statistic
        and student_group in (select unnest($groups))
"""
CELL = ["metric", "part", "student_group", "region_id", "student_group_value"]


def moved(
    connection: duckdb.DuckDBPyConnection, earlier: duckdb.DuckDBPyConnection, block: Block
) -> dict[CountCell, int]:
    """Return of each cell the fewest people who came or who went, if anybody did.

    Ten who came and ten who went leave a number as it is, and are twenty people all the same. Who
    is left of a denominator is a cell of its own, under the name of the numerator after `LEFT`.

    Args:
        connection: On the warehouse that is published now.
        earlier: On that of which the block was published before.
        block: Names metrics and groups.
    """
    asked = {
        "metrics": [*block.uses],
        "groups": [*block.cuts],
        "year": block.cohort_year,
        "attribution": block.attribution,
    }
    now, then = (of.execute(MEMBERS, asked).pl() for of in (connection, earlier))
    fewest = dict[CountCell, int]()
    for these, others in ((now, then), (then, now)):
        people = these.join(others, [*CELL, "person_id"], how="anti").group_by(CELL).len()
        for metric, part, *cell, number in people.iter_rows():
            numerator, denominator = block.uses[metric]
            name = {"denominator": denominator, "numerator": numerator}.get(part, LEFT + numerator)
            key = (name, *cell)
            fewest[key] = min(number, fewest.get(key, number))
    return fewest
