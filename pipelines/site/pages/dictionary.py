"""The data dictionary: every released table and column, as a page and as CSV.

Lives here: its place. Does not: what a column means (`pipelines.release.dictionary`).
"""

from itertools import groupby

from pipelines.release.dictionary import COLUMNS, entries
from pipelines.site.page import Download, Page
from pipelines.site.source import Source
from pipelines.site.words import Words


def page(source: Source, words: Words) -> Page:
    """Return the page, with a part for each table."""
    rows = entries(source.connection)
    tables = [(name, list(of)) for name, of in groupby(rows, key=lambda row: row["table_name"])]
    table = Download("data/dictionary.csv", COLUMNS, rows)
    title = words("dictionary.title")
    content = {"tables": tables, "download": table.path}
    return Page("dictionary.html", "dictionary.html.j2", title, words, "about", content, [table])
