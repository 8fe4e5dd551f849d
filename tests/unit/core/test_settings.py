from pathlib import Path

import pytest

from core.errors import ConfigError
from core.settings import Settings


def test_defaults_need_no_environment() -> None:
    assert Settings.from_env({"PATH": "/bin"}).ingest.batch_age_ms_max == 100


def test_a_variable_sets_its_field() -> None:
    settings = Settings.from_env({"TRAPWATCH_INGEST__BATCH_COUNT_MAX": "500"})
    assert settings.ingest.batch_count_max == 500


@pytest.mark.parametrize(
    "variable",
    [
        "TRAPWATCH_INGEST__BATCH_COUNTMAX",
        "TRAPWATCH_INGST__BATCH_COUNT_MAX",
        "TRAPWATCH_INGEST_BATCH_COUNT_MAX",
        "TRAPWATCH_INGEST__BATCH__COUNT_MAX",
        "TRAPWATCH_NONSENSE",
    ],
)
def test_a_misspelt_variable_is_named(variable: str) -> None:
    with pytest.raises(ConfigError, match=f"{variable}: unknown setting"):
        Settings.from_env({variable: "1"})


def test_every_misspelt_variable_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        Settings.from_env({"TRAPWATCH_A__B": "1", "TRAPWATCH_C__D": "2"})
    assert "TRAPWATCH_A__B" in str(caught.value)
    assert "TRAPWATCH_C__D" in str(caught.value)


@pytest.mark.parametrize("value", ["0", "many", "50001", ""])
def test_a_value_out_of_bounds_is_refused_by_name(value: str) -> None:
    with pytest.raises(ConfigError, match="TRAPWATCH_INGEST__BATCH_COUNT_MAX"):
        Settings.from_env({"TRAPWATCH_INGEST__BATCH_COUNT_MAX": value})


def test_a_secret_is_read_from_a_file_and_never_printed(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://me:hush@db/trapwatch\n")
    settings = Settings.from_env({"TRAPWATCH_DATABASE__URL_FILE": str(secret)})
    assert settings.database.url.get_secret_value() == "postgresql://me:hush@db/trapwatch"
    assert "hush" not in repr(settings)


def test_a_missing_secret_file_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"TRAPWATCH_MQTT__URL_FILE: cannot read /no/such"):
        Settings.from_env({"TRAPWATCH_MQTT__URL_FILE": "/no/such"})


def test_the_retry_schedule_is_a_list() -> None:
    settings = Settings.from_env({"TRAPWATCH_WEBHOOKS__RETRY_DELAYS_S": "1, 2,3"})
    assert settings.webhooks.retry_delays_s == (1, 2, 3)


def test_variables_of_the_test_suite_and_the_bootstrap_are_not_settings() -> None:
    Settings.from_env({"TRAPWATCH_TEST_DATABASE_URL": "x", "TRAPWATCH_APT_MIRROR": "y"})
