"""Where answers are kept: a write-ahead journal a shard, and Parquet files that only grow."""
