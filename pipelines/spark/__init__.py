"""The same models on Spark: DuckDB's SQL in Spark's words, built with dbt-spark (docs/scale.md)."""
