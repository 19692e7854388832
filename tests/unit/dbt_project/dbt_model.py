"""A dbt model as plain SQL, without dbt: for trying its arithmetic on made-up rows."""

from functools import cache

from jinja2 import Environment

from pipelines.settings import DBT_PROJECT


@cache
def sql_of(model: str) -> str:
    """Return the SQL of a model on tables named as its models; z is 1.96."""
    files = ("statistics", "collaboration", "code")
    macros = "".join((DBT_PROJECT / f"macros/{name}.sql").read_text() for name in files)
    [path] = (DBT_PROJECT / "models").rglob(f"{model}.sql")
    template = Environment().from_string(macros + path.read_text())
    return template.render(ref=lambda name: name, var=lambda _: 1.96, config=lambda **_: "")
