"""The journey: a page that every menu leads to exists in every release."""

from unittest.mock import Mock

from pipelines.site.pages import journey
from pipelines.site.words import Words


def test_a_state_without_a_complete_cohort_says_so_on_the_page_of_the_menu() -> None:
    nothing = Mock()
    nothing.rows.return_value = nothing.records.return_value = []
    [page] = journey.pages(nothing, Words("en"))
    assert page.path == "journey.html"
    assert "yet" in str(page.content["intro"])
