"""Names that DuckDB resolves and Spark does not: stars, unions by name, aliases of the same select.

Lives here: writing out names over a parsed query, in place. Does not: how functions and operators
differ (`pipelines.spark.functions`), `unnest` (`pipelines.spark.unnest`).
"""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import TypeAlias

from sqlglot import exp

# A query's columns, each with the names of its fields where it is a list of structs.
Columns: TypeAlias = dict[str, tuple[str, ...]]
# Columns of a table by its name.
Catalog: TypeAlias = Callable[[str], Sequence[str]]

# A deeper tree overflows the stack of Sail's parser, at some 300.
_MOST_UNIONS = 40


class Names:
    """Writes out the names of a query whose tables a catalog knows."""

    def __init__(self, catalog: Catalog) -> None:
        """Take columns of tables from `catalog`."""
        self._catalog = catalog

    def write_out(self, query: exp.Expr, known: dict[str, Columns] | None = None) -> Columns:
        """Write out a query's stars, unions by name and reused aliases; return its columns.

        Args:
            query: A select, union or subquery, which is changed in place.
            known: Columns of common table expressions around it, by name.
        """
        known = dict(known or {})
        if with_ := query.args.get("with_"):
            for one in with_.expressions:
                known[one.alias.lower()] = self.write_out(one.this, known)
        if isinstance(query, exp.Subquery):
            return self.write_out(query.this, known)
        if isinstance(query, exp.SetOperation):
            return self._union(query, known)
        return self._select(query, known) if isinstance(query, exp.Select) else {}

    def _union(self, query: exp.SetOperation, known: dict[str, Columns]) -> Columns:
        # Unions of some hundred queries lean to the left.
        unions: list[exp.SetOperation] = []
        first: exp.Expr = query
        while isinstance(first, exp.SetOperation):
            unions.append(first)
            first = first.this
        columns = self.write_out(first, known)
        for union in reversed(unions):
            other = self.write_out(union.expression, known)
            for side in ("this", "expression"):
                if isinstance(one := union.args[side], exp.Select) and one.args.get("distinct"):
                    # Sail 0.7 loses columns of a distinct query between others.
                    union.set(side, exp.select("*").from_(one.subquery("side")))
            if union.args.get("by_name"):
                names = list(dict.fromkeys(chain(columns, other)))
                _name_columns(union, "this", columns, names)
                _name_columns(union, "expression", other, names)
                union.set("by_name", False)
                columns = {name: columns.get(name) or other.get(name, ()) for name in names}
        if len(unions) >= _MOST_UNIONS and not any(one.args.get("distinct") for one in unions):
            _branch_out(query, [first, *(one.expression for one in reversed(unions))])
        return columns

    def _select(self, select: exp.Select, known: dict[str, Columns]) -> Columns:
        sources = self._sources(select, known)
        for query in _queries_within(select):
            self.write_out(query, known)
        inputs = dict(chain.from_iterable(one.items() for one in reversed(sources.values())))
        projections = list(
            chain.from_iterable(
                _without_star(one, sources, _merged(select)) for one in select.expressions
            )
        )
        _write_out_using(select, projections, sources)
        _write_out_aliases(select, projections, inputs)
        select.set("expressions", projections)
        _write_out_group(select)
        columns: Columns = {}
        for one in projections:
            value = one.unalias()
            if isinstance(one, exp.Explode) and one.expressions:
                fields = inputs.get(one.this.name.lower(), ())
                one.set("expressions", [exp.to_identifier(field) for field in fields])
                columns |= dict.fromkeys(fields, ())
            else:
                columns[one.alias_or_name.lower()] = _fields(value, inputs)
        return columns

    def _sources(self, select: exp.Select, known: dict[str, Columns]) -> dict[str, Columns]:
        from_ = select.args.get("from_")
        joins = select.args.get("joins") or []
        sources = {}
        for source in [*([from_.this] if from_ else []), *(join.this for join in joins)]:
            sources[source.alias_or_name.lower()] = self._columns(source, known)
        return sources

    def _columns(self, source: exp.Expr, known: dict[str, Columns]) -> Columns:
        if isinstance(source, exp.Subquery):
            columns = self.write_out(source.this, known)
        elif isinstance(source, exp.Table):
            if not source.db and source.name.lower() in known:
                columns = known[source.name.lower()]
            else:
                names = self._catalog(".".join(part.name for part in source.parts))
                columns = dict.fromkeys(map(str.lower, names), ())
        else:
            columns = {}
        if named := [name.lower() for name in source.alias_column_names]:
            # Of rows that are listed, no column is a list of structs.
            fields = columns.values() if columns else [()] * len(named)
            return dict(zip(named, fields, strict=True))
        return columns


def _name_columns(union: exp.SetOperation, side: str, has: Columns, names: list[str]) -> None:
    """Have one side of a union give columns by place: null where it lacks one."""
    if list(has) != names:
        listed = [
            exp.column(name) if name in has else exp.alias_(exp.Null(), name) for name in names
        ]
        union.set(side, exp.select(*listed).from_(union.args[side].subquery("side")))


def _branch_out(query: exp.SetOperation, sides: list[exp.Expr]) -> None:
    """Make one union of many a union of unions."""
    while len(sides) > _MOST_UNIONS:
        starts = range(0, len(sides), _MOST_UNIONS)
        groups = [sides[start : start + _MOST_UNIONS] for start in starts]
        sides = [
            exp.select("*").from_(exp.union(*group, distinct=False).subquery("part"))
            for group in groups
        ]
    whole = exp.union(*sides, distinct=False)
    query.set("this", whole.this)
    query.set("expression", whole.expression)


def _queries_within(select: exp.Select) -> list[exp.Expr]:
    """Return the outermost queries in a select's expressions, not those it selects from."""
    queries = []
    for key, value in select.args.items():
        if key in ("with_", "from_"):
            continue
        for part in value if isinstance(value, list) else [value]:
            if not isinstance(part, exp.Expr):
                continue
            part = part.args.get("on") if isinstance(part, exp.Join) else part
            nodes = part.walk(prune=lambda node: isinstance(node, exp.Query)) if part else ()
            queries += [node for node in nodes if isinstance(node, exp.Query)]
    return queries


def _merged(select: exp.Select) -> set[str]:
    """Return columns that `using` merges into one."""
    joins = select.args.get("joins") or []
    return {one.name.lower() for join in joins for one in join.args.get("using") or []}


def _fields(value: exp.Expr, inputs: Columns) -> tuple[str, ...]:
    """Return field names of a list of structs: one written here, or a column that is one."""
    if isinstance(value, exp.Array) and value.expressions:
        first = value.expressions[0]
        if isinstance(first, exp.Struct):
            return tuple(one.name.lower() for one in first.expressions)
    return inputs.get(value.name.lower(), ()) if isinstance(value, exp.Column) else ()


def _without_star(
    projection: exp.Expr, sources: dict[str, Columns], merged: set[str]
) -> list[exp.Expr]:
    star = projection.this if isinstance(projection, exp.Column) else projection
    if not isinstance(star, exp.Star):
        return [projection]
    table = projection.table.lower() if isinstance(projection, exp.Column) else ""
    if not all(sources.values()) or (table and table not in sources):
        return [projection]
    excluded = {one.name.lower() for one in star.args.get("except_") or []}
    replaced = {one.alias.lower(): one for one in star.args.get("replace") or []}
    listed: dict[str, exp.Expr] = {}
    result = []
    for source, columns in sources.items():
        if table and source != table:
            continue
        for name in columns:
            if name in excluded or (name in merged and name in listed):
                continue
            listed[name] = replaced.get(name) or exp.column(name, table=source or None)
            result.append(listed[name].copy())
    return result


def _write_out_aliases(select: exp.Select, projections: list[exp.Expr], inputs: Columns) -> None:
    """Replace names of earlier expressions of the same select by these, in all of its clauses."""
    aliases: dict[str, exp.Expr] = {}

    def replaced(node: exp.Expr) -> exp.Expr:
        is_alias = isinstance(node, exp.Column) and not node.table
        name = node.name.lower() if is_alias and not _is_lambda_parameter(node) else ""
        return exp.paren(aliases[name].copy()) if name in aliases.keys() - inputs.keys() else node

    for place, one in enumerate(projections):
        if not isinstance(one, exp.Explode):
            projections[place] = one = one.transform(replaced)
        if isinstance(one, exp.Alias) and inputs:
            aliases[one.alias.lower()] = one.this
    for clause in ("where", "having", "qualify"):
        if part := select.args.get(clause):
            part.set("this", part.this.transform(replaced))
    if group := select.args.get("group"):
        group.set("expressions", [one.transform(replaced) for one in group.expressions])


def _write_out_using(
    select: exp.Select, projections: list[exp.Expr], sources: dict[str, Columns]
) -> None:
    """Make `using` a condition, since Sail forgets whose the column was."""
    joins = select.args.get("joins") or []
    owners = {
        name: next(source for source, columns in sources.items() if name in columns)
        for name in _merged(select)
    }
    for join in joins:
        if using := join.args.get("using"):
            pairs = [
                exp.column(one.name, owners[one.name.lower()]).eq(
                    exp.column(one.name, join.this.alias_or_name)
                )
                for one in using
            ]
            join.set("using", None)
            join.set("on", exp.and_(*pairs))
    for place, projection in enumerate(projections if owners else ()):
        projections[place] = projection.transform(
            lambda node: (
                exp.column(node.name, owners[node.name.lower()])
                if isinstance(node, exp.Column) and not node.table and node.name.lower() in owners
                else node
            )
        )


def _write_out_group(select: exp.Select) -> None:
    """List what `group by all` groups by."""
    group = select.args.get("group")
    if group and (
        group.args.get("all") or [one.name.lower() for one in group.expressions] == ["all"]
    ):
        keys = [one.unalias() for one in select.expressions if not one.find(exp.AggFunc)]
        select.set("group", exp.Group(expressions=[one.copy() for one in keys]) if keys else None)


def _is_lambda_parameter(node: exp.Expr) -> bool:
    around = node.find_ancestor(exp.Lambda)
    return bool(around) and node.name in {one.name for one in around.expressions}
