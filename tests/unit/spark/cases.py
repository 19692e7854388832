"""What DuckDB and Spark write or compute otherwise: one query each, of the rows in `RECORD`."""

RECORD = """(
    select * from (values
        ('a', 1, 2018, 10.5::decimal(12, 2), date '2019-06-30', true),
        ('a', 2, 2019, 20.25::decimal(12, 2), date '2019-07-01', false),
        ('b', 3, 2020, null, date '2020-02-29', null),
        ('b', 4, null, 7.0::decimal(12, 2), null, true),
        ('c', 5, 2021, 3.0::decimal(12, 2), date '2021-01-31', true)
    ) as row (name, n, year_start, amount, day, flag)
)"""

CASES = {
    "several unnests are side by side": """
        select n, unnest(['all', name]) as dimension, unnest([name, cast(n as varchar)]) as value
        from record where flag""",
    "an unnest within a cast, of a series": """
        select cast(unnest(generate_series(n, 3)) as bigint) as step, name from record""",
    "a range that ends before it begins is empty": """
        select name, unnest(range(n, 4)) as step from record""",
    "fields of unnested structs": """
        with listed as (select name, [{'a': n, 'b': n + 1}, {'a': 0, 'b': -n}] as rows from record)
        select * exclude (rows), unnest(rows, max_depth := 2) from listed""",
    "columns of unions are matched by name": """
        select name, n, 1 as x from record union all by name select n, name from record""",
    "replaced and excluded columns": """
        select one.* exclude (day, flag, amount) replace (n + 1 as n) from record as one""",
    "an alias of the same select": """
        select n + 1 as later, later * 2 as twice from record where later > 2""",
    "a column goes before an alias of its name": """
        select n * 2 as n, n + 1 as later from record
        qualify row_number() over (partition by name order by n desc) = 1""",
    "labels of years": """
        select format('{:04d}-{:02d}', year_start, (year_start + 1) % 100) as label,
            format('{:04d}Q{}', year_start, n) as quarter from record""",
    "items of a list, from one": """
        select ['x', 'y', 'z'][n] as nth, [1, 2, 3][-1] as last, ([n, 7])[1 + 1] as second
        from record""",
    "places in a list": "select n, list_position(['b', 'c'], name) as place from record",
    "lists in order": """
        select name, list(n order by n desc) as lists, string_agg(name, ' ' order by n) as text
        from record group by name""",
    "lists hold nulls, and no list is null": """
        select name, len(list(year_start)) as n, list(n) filter (where flag) as flagged
        from record group by name""",
    "lambdas, with a place from one": """
        select list_transform([5, 6], lambda one, place: one * place + n) as items,
            list_filter([1, 2, 3, 4], lambda one: one > n) as more,
            list_sum(list_transform([1.5, 2.5], lambda one: one * n)) as total,
            list_product([1, 2, n]) as product, list_contains([1, 2], n) as holds,
            list_sort([3, n, 1]) as sorted, len([n, n]) as items_n
        from record""",
    "the row of the largest": """
        select arg_max(year_start, n) as year_start, arg_min(name, (flag is null, n)) as name,
            arg_max(n, (name, n)) filter (where flag) as n from record""",
    "the first in an order": """
        select first(name order by amount desc, name) filter (where amount is not null) as name,
            first(n order by n) as n, first(name order by n desc) as last from record""",
    "division is of doubles": """
        select amount / 365.25 as share, n / 2 as half, amount / n as each, 7 // 2 as whole,
            n / nullif(n - 1, 0) as none from record""",
    "averages and medians of decimals": """
        select name, avg(amount) as mean, median(amount::double) as median,
            quantile_cont(amount::double, 0.25) as low
        from record group by name""",
    "months later": """
        select cast(day + to_months(n) as date) as later,
            day + interval 12 month > date '2020-07-01' as is_late from record""",
    "days between dates": """
        select date_diff('day', date '2019-01-01', day) as days,
            year(day) as year, month(day) as month from record""",
    "log gamma": "select lgamma(n) as one, lgamma(n * 1000 + 0.5) as other from record",
    "windows with filters and names": """
        select n, min(n) filter (where flag) over one as first, sum(n) over (one order by n) as sum,
            product(n) over (partition by name order by n) as product
        from record window one as (partition by name)""",
    "grouping sets": """
        select name, flag, grouping(flag) as is_total, count(*) filter (where n > 1) as n
        from record group by grouping sets ((name, flag), (name), ())""",
    "nulls sort last": """
        select n, row_number() over (order by year_start desc) as place,
            row_number() over (order by amount) as other from record""",
    "unsigned numbers": """
        select cast(n as uinteger) as n, sum(cast(n as hugeint)) over () as s from record""",
    "tuples in a subquery": """
        select n from record where (name, n) in (select name, max(n) from record group by name)""",
    "structs compare by their fields": """
        select max({'rate': n, 'name': name}).name as best, struct_extract({'a': n}, 'a') as a
        from record group by n""",
    "texts": """
        select n || 'SP' as label, left(name || 'bcd', 2) as two, right('2019Q4', 1) as last,
            name like '_' as one, concat_ws('-', name, n) as joined from record""",
    "dates from parts": """
        select make_date(year_start, 7, 1) as starts, last_day(day) as ends, quarter(day) as quarter
        from record""",
    "rounding": "select round(n / 3, 4) as a, ceil(n / 2) as b, floor(n / 2) as c from record",
    "maps": """
        select map(list(name), list(n))['c'] as five
        from (select distinct name, 5 as n from record)""",
    "the least and the greatest pass over nulls": """
        select least(n, year_start) as low, greatest(n, year_start) as high,
            coalesce(year_start, 0) as known, abs(-n) as n from record""",
    "functions of numbers": """
        select sqrt(n) as a, ln(n) as b, cos(n) as c, sin(n * pi()) as d, exp(n) as e,
            power(n, 3) as f, power(1.5, n) as g, cbrt(n) as h, power(amount, 2) as i
        from record""",
    "functions of texts": """
        select upper(name) as a, lower('X' || name) as b, trim(' ' || name || ' ') as c,
            split_part(name || '-b-c', '-', 2) as d, starts_with(name, 'a') as e,
            substr('1990' || name, 3, 2) as f, array_to_string([name, null, 'z'], ', ') as g,
            replace(name, 'a', 'o') as h, name || year_start as i
        from record""",
    "neighbours in a window": """
        select n, lag(n) over (order by n) as before, lead(n, 1, 9) over (order by n) as after,
            first_value(year_start) over (partition by name order by n) as first,
            last_value(year_start ignore nulls) over (
                order by n rows between unbounded preceding and current row
            ) as last
        from record""",
    "whether any and all are": """
        select name, bool_or(flag) as one, bool_and(flag) as every, max_by(n, n) as most,
            flatten(list([n, n + 1] order by n)) as items, count(distinct flag) as flags
        from record group by name""",
    "an aggregate named as its column, with having": """
        select name, sum(n) as n from record group by name having sum(n) > 3""",
    "columns that two tables share": """
        select one.n, name, other.year_start from record as one
        inner join (select n, name, year_start from record) as other using (name, n)""",
    "a star over columns that two tables share": """
        select * from record as one
        inner join (select n, n + 1 as m from record) as other using (n)""",
    "a condition in parentheses": """
        select n, unnest(range(1, (select count(*) from record))) as step from record
        where (flag)""",
    "correlated exists": """
        select n from record as one
        where exists (select 1 from record as other where other.n = one.n + 1)""",
    "texts of dates and decimals": """
        select 'from ' || day as a, cast(amount as varchar) as b, cast(flag as varchar) as c,
            cast(cast(n / 4 as decimal(12, 4)) as varchar) as d from record""",
    "decimals are rounded to their places": """
        select cast(n / 3 as decimal(18, 8)) as a, cast(0.125 * n as decimal(12, 2)) as b,
            sum(cast(amount as decimal(18, 4)) * cast(amount as decimal(18, 4))) over () as c
        from record""",
}
