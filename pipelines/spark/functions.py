"""Functions and operators of DuckDB in Spark's words, each with what differs.

Lives here: rules about one expression. Does not: names (`pipelines.spark.columns`), `unnest`.
"""

import re
from collections.abc import Callable, Iterator

from sqlglot import exp

# A field by which a struct is ordered.
_KEY = "sort_key"


def spark_function(node: exp.Expr) -> exp.Expr:
    """Return an expression as Spark writes it; the same where both write it alike."""
    if isinstance(node, exp.Anonymous):
        name = node.name.lower()
        if other := _OTHER_NAMES.get(name):
            return exp.Anonymous(this=other, expressions=node.expressions)
        rule = _NAMED.get(name)
        return rule(*node.expressions) if rule else node
    rule = _RULES.get(type(node))
    return rule(node) if rule else node


def _double(value: exp.Expr) -> exp.Expr:
    return exp.cast(value, "double")


def _sql(text: str, **parts: exp.Expr) -> exp.Expr:
    """Return Spark's expression with parts in it, each written once or often."""
    parsed = exp.maybe_parse(text, dialect="spark")

    def filled(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column | exp.Identifier) and (part := parts.get(node.name)):
            return exp.paren(part.copy()) if isinstance(part, exp.Binary) else part.copy()
        return node

    return parsed.transform(filled)


def _divide(node: exp.Expr) -> exp.Expr:
    # DuckDB divides doubles, whatever it is given; Spark keeps few digits of a decimal.
    divisor = node.expression
    if not isinstance(divisor, exp.Literal):
        divisor = exp.func("nullif", _double(divisor), exp.Literal.number("0"))
    else:
        divisor = _double(divisor)
    return exp.Div(this=_double(node.this), expression=divisor, typed=True, safe=False)


def _format(node: exp.Expr) -> exp.Expr:
    values = iter(node.expressions)
    parts: list[exp.Expr] = []
    for literal, width, hole in re.findall(r"([^{]+)|(?:\{(?::0(\d)d)?(\}))", node.this.name):
        if literal:
            parts.append(exp.Literal.string(literal))
        elif hole:
            text = exp.cast(next(values), "text")
            zeros = (exp.Literal.number(width), exp.Literal.string("0"))
            parts.append(exp.Anonymous(this="lpad", expressions=[text, *zeros]) if width else text)
    return exp.Anonymous(this="concat", expressions=parts)


def _item(node: exp.Expr) -> exp.Expr:
    # From one in DuckDB; null where there is none.
    [index] = node.expressions
    # Of a list an int, which Spark wants; a lambda's parameter may be the key of a map.
    if not isinstance(index, exp.Identifier | exp.Literal | exp.Neg):
        index = exp.cast(index.this if isinstance(index, exp.Cast) else index, "int")
    return exp.Anonymous(this="try_element_at", expressions=[node.this, index])


def _position(items: exp.Expr, value: exp.Expr) -> exp.Expr:
    return _sql("nullif(array_position(items, value_), 0)", items=items, value_=value)


def _range(node: exp.Expr) -> exp.Expr:
    # Spark counts down where the end is before the start; nothing is null here, and has no rows.
    compared, end = ("<", "last_ - 1") if node.args.get("is_end_exclusive") else ("<=", "last_")
    return _sql(
        f"case when first_ {compared} last_ then sequence(first_, {end}) end",
        first_=node.args["start"],
        last_=node.args["end"],
    )


def _lambda(node: exp.Expr) -> exp.Expr:
    for number in list(node.this.find_all(exp.Literal)):
        # Sail makes a decimal of a double and a decimal, and finds another type than it expects.
        if number.is_number and "." in number.name and not isinstance(number.parent, exp.Cast):
            number.replace(_double(number.copy()))
    # A second parameter is the place, from zero in Spark.
    if len(node.expressions) < 2:
        return node
    place = node.expressions[1].name
    if not isinstance(node.parent, exp.Transform | exp.ArrayFilter):
        return node

    def later(part: exp.Expr) -> exp.Expr:
        if isinstance(part, exp.Identifier) and part.name == place:
            return exp.paren(exp.Add(this=part, expression=exp.Literal.number("1")))
        return part

    node.set("this", node.this.transform(later))
    return node


def _fold(operator: str, start: str) -> Callable[[exp.Expr], exp.Expr]:
    # Null of an empty list.
    folded = f"aggregate(items, {start}, (total, one) -> total {operator} one)"
    return lambda items: _sql(f"case when size(items) > 0 then {folded} end", items=items)


def _log_gamma(value: exp.Expr) -> exp.Expr:
    # Stirling's series at y = x + 8 (Abramowitz and Stegun 1964, 6.1.41), off by less than 1e-13.
    product = " * ".join(f"(x + {n})" for n in range(8))
    terms = {1: 12, 3: -360, 5: 1260, 7: -1680, 9: 1188}
    series = " + ".join(f"1 / ({by}D * power(y, {power}))" for power, by in terms.items())
    text = f"(y - 0.5D) * ln(y) - y + 0.91893853320467274178D + {series} - ln({product})"
    return exp.paren(_sql(re.sub(r"\by\b", "(x + 8)", text), x=_double(value)))


def _ordered(node: exp.Expr) -> tuple[exp.Expr, list[exp.Expr]]:
    """Return what an aggregate is of, and by what it is ordered."""
    order = node.this
    return (order.this, order.expressions) if isinstance(order, exp.Order) else (order, [])


def _keys(order: list[exp.Expr]) -> list[exp.Expr]:
    # A struct is ordered by its fields: one that goes down is negated.
    values = [
        _double(exp.Neg(this=exp.paren(one.this))) if one.args.get("desc") else one.this
        for one in order
    ]
    return [exp.alias_(one, _KEY) for one in values]


def number_keys(query: exp.Expr) -> None:
    """Name each key of a struct once, in place: Sail names an aggregate for these fields."""
    keys = [one for one in query.find_all(exp.Alias) if one.alias == _KEY]
    for number, key in enumerate(keys):
        key.set("alias", exp.to_identifier(f"{_KEY}_{number}"))


def lists(query: exp.Expr) -> None:
    """Write aggregates that make a list or a text, in place: null items count, and order is by key.

    A window or filter is of the aggregate within, what sorts it around them.
    """
    for number, node in enumerate(list(query.find_all(exp.ArrayAgg, exp.GroupConcat))):
        value, order = _ordered(node)
        keys = _keys(order)
        distinct = isinstance(value, exp.Distinct)
        item = value.expressions[0] if distinct else value
        row = exp.Struct(expressions=[*keys, exp.alias_(item, f"item_{number}")])
        name = "collect_set" if distinct else "collect_list"
        outer: exp.Expr = node
        while isinstance(outer.parent, exp.Filter | exp.Window) and outer.arg_key == "this":
            outer = outer.parent
        # The aggregate goes into what was around it, and that into what is around it now.
        placed = exp.Placeholder(this="rows_")
        outer.replace(placed)
        call = exp.Anonymous(this=name, expressions=[row])
        rows: exp.Expr = call
        if outer is not node:
            node.replace(call)
            rows = outer
        if order or distinct:
            rows = exp.Anonymous(this="array_sort", expressions=[rows])
        items = _sql(f"transform(rows_, one -> one.item_{number})", rows_=rows)
        if isinstance(node, exp.GroupConcat):
            separator = node.args.get("separator") or exp.Literal.string(",")
            items = _sql("nullif(array_join(items, mark), '')", items=items, mark=separator)
        placed.replace(items)


def _first(node: exp.Expr) -> exp.Expr:
    value, order = _ordered(node)
    if not order:
        return node
    return exp.Anonymous(this="min_by", expressions=[value, exp.Struct(expressions=_keys(order))])


def _by(name: str) -> Callable[[exp.Expr], exp.Expr]:
    def rule(node: exp.Expr) -> exp.Expr:
        by = node.expression
        by = by.this if isinstance(by, exp.Paren) else by
        if isinstance(by, exp.Tuple):
            by = exp.Struct(expressions=[exp.alias_(one, _KEY) for one in by.expressions])
        # DuckDB passes over rows without a value.
        result = exp.Anonymous(this=name, expressions=[node.this, by])
        known = exp.Not(this=exp.Is(this=exp.paren(node.this), expression=exp.Null()))
        if isinstance(node.parent, exp.Filter):
            where = node.parent.expression
            where.set("this", exp.and_(where.this, known))
            return result
        return exp.Filter(this=result, expression=exp.Where(this=known))

    return rule


def _months(node: exp.Expr) -> exp.Expr:
    right = node.expression
    if isinstance(right, exp.Anonymous) and right.name.lower() == "to_months":
        months = exp.cast(right.expressions[0], "int")
        return exp.Anonymous(this="add_months", expressions=[node.this, months])
    return node


def _window(node: exp.Expr) -> exp.Expr:
    # Spark sets no named window on, and filters none.
    _write_out_window(node)
    called = node.this
    if isinstance(called, exp.Filter):
        called, condition = called.this, called.expression.this
        value = called.this
        if value is None or isinstance(value, exp.Star):
            value = exp.Literal.number("1")
        called.set("this", exp.Case(ifs=[exp.If(this=condition, true=value)]))
        node.set("this", called)
    if isinstance(called, exp.Anonymous) and called.name.lower() == "product":
        [of] = called.expressions
        node.set("this", exp.Anonymous(this="collect_list", expressions=[_double(of)]))
        return _sql("aggregate(items, 1D, (total, one) -> total * one)", items=node)
    return node


def _write_out_window(node: exp.Expr) -> None:
    select, name = node.find_ancestor(exp.Select), node.args.get("alias")
    windows = (select.args.get("windows") or []) if select else []
    for window in windows if name else []:
        if window.name.lower() == node.args["alias"].name.lower():
            node.set("alias", None)
            for part in ("partition_by", "order", "spec"):
                if not node.args.get(part) and (value := window.copy().args.get(part)):
                    node.set(part, value)


def _average(node: exp.Expr) -> exp.Expr:
    node.set("this", _double(node.this))
    return node


def _unordered(node: exp.Expr) -> exp.Expr:
    # An order makes the last digits of a sum those of every machine.
    if isinstance(node.this, exp.Order):
        node.set("this", node.this.this)
    return node


def _conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        yield from _conjuncts(condition.this)
        yield from _conjuncts(condition.expression)
    else:
        yield condition


def _condition(node: exp.Expr) -> exp.Expr:
    # Sail takes two aggregates for one where their conditions differ in parentheses alone.
    if isinstance(node.expression, exp.Where):
        wanted = dict.fromkeys(one for one in _conjuncts(node.expression.this) if one != exp.true())
        node.expression.set("this", exp.and_(*wanted or [exp.true()]))
    return node


def _where(node: exp.Expr) -> exp.Expr:
    # Spark reads `shop where (open)` as a table named where, with a column.
    node.set("this", node.this.unnest())
    return node


def _type(node: exp.Expr) -> exp.Expr:
    # Parquet and Spark have no unsigned numbers.
    wider = {
        "UINT": "bigint",
        "USMALLINT": "int",
        "UTINYINT": "int",
        "UBIGINT": "decimal(20,0)",
        "INT128": "decimal(38,0)",
    }
    name = wider.get(node.this.value)
    return exp.DataType.build(name) if name else node


# What DuckDB and Spark name otherwise.
_OTHER_NAMES = {"error": "raise_error", "hash": "xxhash64", "list_zip": "arrays_zip"}

_NAMED: dict[str, Callable[..., exp.Expr]] = {
    "lgamma": _log_gamma,
    "list_position": _position,
    "list_product": _fold("*", "1D"),
    "list_sum": _fold("+", "0D"),
}

_RULES: dict[type, Callable[[exp.Expr], exp.Expr]] = {
    exp.Add: _months,
    exp.ArgMax: _by("max_by"),
    exp.ArgMin: _by("min_by"),
    exp.Avg: _average,
    exp.Bracket: _item,
    exp.DataType: _type,
    exp.Div: _divide,
    exp.Filter: _condition,
    exp.First: _first,
    exp.Format: _format,
    exp.GenerateSeries: _range,
    exp.Lambda: _lambda,
    # `len` is of a list: no model asks for the length of a text.
    exp.Length: lambda node: exp.Anonymous(this="array_size", expressions=[node.this]),
    exp.PercentileCont: lambda node: exp.Anonymous(
        this="percentile", expressions=[node.this, node.expression]
    ),
    exp.Sum: _unordered,
    exp.Where: _where,
    exp.Window: _window,
}
