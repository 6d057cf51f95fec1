"""Open data: a period's cases without anybody in them, and its indicators, as Parquet and CSV that explain themselves."""
