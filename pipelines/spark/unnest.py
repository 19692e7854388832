"""`unnest` in a select, as a lateral view.

DuckDB reads several in one select side by side; Spark multiplies them, without an error. Here all
lists of a select are zipped, and exploded as one.
"""

from sqlglot import exp

_SOURCE, _ROW = "source", "unnested"


def as_lateral_view(select: exp.Select) -> exp.Expr:
    """Return a select whose `unnest`s, if any, are one lateral view over its other columns."""
    inner: list[exp.Expr] = []
    outer: list[exp.Expr] = []
    lists: list[exp.Expr] = []
    for projection in select.expressions:
        nodes = projection.walk(prune=lambda node: isinstance(node, exp.Query))
        exploded = [node for node in nodes if isinstance(node, exp.Explode)]
        if not exploded:
            inner.append(projection)
            outer.append(exp.column(projection.alias_or_name, table=_SOURCE))
        for node in exploded:
            lists.append(node.this)
            item = exp.column(_item(len(lists)), table=_ROW)
            if node.expressions:
                # Fields of `max_depth := 2`, as `pipelines.spark.columns` lists them.
                outer += [
                    exp.alias_(exp.Dot(this=item.copy(), expression=field), field.copy())
                    for field in node.expressions
                ]
            else:
                node.replace(item)
        if exploded and not isinstance(projection, exp.Explode):
            outer.append(projection)
    if not lists:
        return select
    around = {clause: select.args.get(clause) for clause in ("with_", "order")}
    for clause in around:
        select.set(clause, None)
    inner += [exp.alias_(one, f"list_{number}") for number, one in enumerate(lists, 1)]
    select.set("expressions", inner)
    result = exp.select(*outer).from_(select.subquery(_SOURCE))
    result.set("laterals", [_view(len(lists))])
    for clause, part in around.items():
        result.set(clause, part)
    return result


def _item(number: int) -> str:
    return f"item_{number}"


def _view(count: int) -> exp.Lateral:
    numbers = range(1, count + 1)
    columns = [exp.column(f"list_{number}", table=_SOURCE) for number in numbers]
    one = exp.func("explode", *columns)
    several = exp.func("inline", exp.func("arrays_zip", *columns))
    names = [exp.to_identifier(_item(number)) for number in numbers]
    return exp.Lateral(
        this=one if count == 1 else several,
        view=True,
        alias=exp.TableAlias(this=exp.to_identifier(_ROW), columns=names),
    )
