"""A feed's contract for rows of a layout, and its messages in the layout's own words.

Lives here: deriving both from the open contract. Does not: which layout lacks what (the YAML
beside).
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import fields
from functools import cache, cached_property

import pandera.polars as pa

from schemas.contract import Feed
from schemas.layouts.model import LAYOUTS, Layout
from schemas.layouts.rows import FeedRows
from schemas.rules import rule_name


class LayoutFeed(Feed):
    """A feed's contract for deliveries that one layout reads: same name, columns and keys.

    What the layout does not have may be empty, and messages name the layout's fields.
    """

    layout: Layout

    @cached_property
    def schema(self) -> pa.DataFrameSchema:
        """The open contract without what the layout cannot keep."""
        schema = deepcopy(self.model.to_schema())
        for name, column in schema.columns.items():
            column.nullable = column.nullable or name in self._rows.blank
            column.checks = [
                check
                for check in column.checks
                if rule_name(name, check) not in self._rows.dropped_rules
            ]
        schema.checks = [
            check for check in schema.checks or [] if check.name not in self._rows.dropped_rules
        ]
        return schema

    @cached_property
    def rules(self) -> dict[str, str]:
        """Every row rule, with its message in the layout's words."""
        return {rule: self.in_own_words(words) for rule, words in super().rules.items()}

    @cached_property
    def is_dated(self) -> bool:
        """Whether the layout takes rows of the delivery's period alone, by a day of theirs."""
        return self._rows.one_period

    @cached_property
    def own_names(self) -> Mapping[str, str]:
        """What a submitter calls each column, with the contract's name behind it."""
        return {
            name: f"{label} ({name})" if label else f"{name} (not in {self.layout.title})"
            for name in self.dtypes
            for label in [self._label(name)]
        }

    def in_own_words(self, sentence: str) -> str:
        """Return a sentence with the layout's fields for columns, and what codes of them mean."""
        named = [name for name in self.dtypes if re.search(rf"\b{name}\b", sentence)]
        codes = {code: text for name in named for code, text in self._codes(name).items()}
        for code, meaning in codes.items():
            sentence = re.sub(rf"\b{code}\b(?! \()", f"{code} ({meaning})", sentence)
        # "This quarter" is a time and no column.
        columns = rf"(?<!this )\b({'|'.join(map(re.escape, named))})\b"
        return re.sub(columns, lambda at: self.own_names[at[1]], sentence) if named else sentence

    @property
    def _rows(self) -> FeedRows:
        return self.layout.feeds[self.name]

    def _label(self, name: str) -> str:
        column = self._rows.columns.get(name)
        if column is None or not column.used:
            return ""
        used = column.used if column.rule == "joined" else column.used[:1]
        return " + ".join(self.layout.label(one) for one in used)

    def _codes(self, name: str) -> dict[str, str]:
        column = self._rows.columns.get(name)
        return self.layout.field(column.used[0]).codes if column and column.used else {}


@cache
def layout_feed(feed: Feed, layout: str) -> LayoutFeed:
    """Return a feed's contract for rows of a layout."""
    form = LayoutFeed(**{field.name: getattr(feed, field.name) for field in fields(Feed)})
    object.__setattr__(form, "layout", LAYOUTS[layout])
    return form
