"""A lake of many writers in place of a file of one: DuckLake, its snapshots and its shards."""
