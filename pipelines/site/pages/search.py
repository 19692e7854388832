"""Search: every page, term and table by name; a script narrows the list, and without one it is all.

Lives here: what can be searched for. Does not: the script (`templates/search.html.j2`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipelines.site.page import Page, in_language
from pipelines.site.words import LANGUAGES, Words, catalog


@dataclass(frozen=True)
class Entry:
    """Something that can be searched for: its name, where it is, and more words about it."""

    name: str
    href: str
    about: str = ""


def with_search(pages: Iterable[Page]) -> Iterator[Page]:
    """Yield pages and, after them, the search over them in each of their languages."""
    by_language: dict[str, dict[str, list[Entry]]] = {language: {} for language in LANGUAGES}
    for page in pages:
        groups = by_language[page.words.language]
        facts = [text for _, text in page.content.get("facts", ())]
        # A metric is found by its meaning, an institution by its county.
        about = facts[0] if facts else page.content.get("where", "")
        entry = Entry(str(page.title), page.path, str(about))
        groups.setdefault(page.current, []).append(entry)
        tables = [Entry(name, f"{page.path}#{name}") for name, _ in page.content.get("tables", ())]
        groups[page.current] += tables
        yield page
    for language, groups in by_language.items():
        yield _page(Words(language), groups)


def _page(words: Words, groups: dict[str, list[Entry]]) -> Page:
    if "about" in groups:
        terms = (key.split(".")[1] for key in catalog(words.language) if key.startswith("term."))
        groups["about"] += [
            Entry(str(words(f"term.{term}.name")), f"about.html#{term}")
            for term in dict.fromkeys(terms)
        ]
    content = {"groups": {kind: sorted(of, key=_name) for kind, of in groups.items()}}
    path = in_language(words, "search.html")
    return Page(path, "search.html.j2", words("search.title"), words, "search", content)


def _name(entry: Entry) -> str:
    return entry.name.casefold()
