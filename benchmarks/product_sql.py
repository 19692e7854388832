"""The SQL of the dbt project as plain SQL, without dbt: for running it on simulated rows.

Lives here: rendering of macros of statistics and of models that call no others. Does not: any rule.
"""

from typing import Any

from jinja2 import Environment

from pipelines.release.metric_catalog import project_vars
from pipelines.settings import DBT_PROJECT


class _Relation(str):
    def include(self, **_: bool) -> "_Relation":
        return self


class ProductSql:
    """The SQL of the dbt project without dbt; relations are tables named as their models."""

    def __init__(self, **variables: object) -> None:
        """Compile the macros of statistics.sql under the variables of the project, or others."""
        self._text = (DBT_PROJECT / "macros" / "statistics.sql").read_text()
        self._environment = Environment(extensions=["jinja2.ext.do"], autoescape=False)  # noqa: S701
        self._environment.globals.update(
            var=(project_vars() | variables).__getitem__, ref=_Relation, config=lambda **_: ""
        )
        self.macros: Any = self._environment.from_string(self._text).module

    def model(self, name: str) -> str:
        """Return the SQL of a model that calls the macros of statistics.sql alone."""
        [path] = (DBT_PROJECT / "models").rglob(f"{name}.sql")
        return self._environment.from_string(self._text + path.read_text()).render()
