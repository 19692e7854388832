"""Glossary, methods and downloads.

Lives here: their order. Does not: any sentence.
"""

from collections.abc import Sequence

from pipelines.site.page import Page
from pipelines.site.source import Source
from pipelines.site.words import Words, catalog, counted


def page(source: Source, words: Words, downloads: Sequence[str]) -> Page:
    """Return the page, with a link to every download."""
    keys = list(catalog(words.language))
    terms = dict.fromkeys(key.split(".")[1] for key in keys if key.startswith("term."))
    methods = [key.split(".")[1] for key in keys if key.startswith("method.")]
    if source.is_public:
        methods.remove("data")
    content = {
        "has_dictionary": not source.is_public,
        "terms": list(terms),
        "methods": methods,
        "downloads": sorted(downloads),
        "deliveries": counted("deliveries", len(source.manifest.get("deliveries", []))),
    }
    return Page("about.html", "about.html.j2", words("about.title"), words, "about", content)
