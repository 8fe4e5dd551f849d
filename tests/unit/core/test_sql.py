import pytest

from core.sql import load_queries, parse_queries


def test_queries_are_found_by_name() -> None:
    queries = parse_queries("-- a --\n-- What a is for.\nSELECT 1;\n\n-- b --\nSELECT 2;\n")
    assert dict(queries) == {"a": "-- What a is for.\nSELECT 1;", "b": "SELECT 2;"}


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="'a' stands twice"):
        parse_queries("-- a --\nSELECT 1;\n-- a --\nSELECT 2;\n")


def test_sql_before_the_first_name_is_refused() -> None:
    with pytest.raises(ValueError, match="before the first"):
        parse_queries("SELECT 1;\n-- a --\nSELECT 2;\n")


def test_packaged_queries_load() -> None:
    assert "copy_readings" in load_queries("ingest")
