-- The catalog of the lake, beside Dagster's history.
create database lake;
