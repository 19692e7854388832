"""Settings: a mistake in the environment is an error, not a silence."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from pipelines.errors import UserError
from pipelines.settings import Settings
from schemas.periods import PeriodKind


def test_a_feed_that_does_not_exist_may_not_lose_rows(monkeypatch) -> None:
    monkeypatch.setenv("PATHWAYS_ACCEPT_LOSS_OF", '["wages"]')
    with pytest.raises(ValidationError, match="no such feed: wages"):
        Settings()
    monkeypatch.setenv("PATHWAYS_ACCEPT_LOSS_OF", '["wage"]')
    assert Settings().accept_loss_of == {"wage"}


def test_a_key_is_made_once_and_is_its_owners_alone(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("PATHWAYS_TOKEN_KEY", raising=False)
    settings = Settings(home=tmp_path)
    assert settings.key() == settings.key() == Settings(home=tmp_path).key()
    assert len(settings.key()) >= 32
    assert (tmp_path / "token_key").stat().st_mode & 0o777 == 0o600


def test_a_short_key_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATHWAYS_TOKEN_KEY", "short")
    with pytest.raises(UserError, match="at least 32 characters"):
        Settings(home=tmp_path).key()
    assert not (tmp_path / "token_key").exists()


def test_periods_begin_in_the_first_year_and_reach_today() -> None:
    settings = Settings(first_year=2020)
    assert settings.periods(PeriodKind.ACADEMIC_YEAR)[:2] == ["2020-21", "2021-22"]
    assert settings.periods(PeriodKind.QUARTER)[:3] == ["2020Q3", "2020Q4", "2021Q1"]
