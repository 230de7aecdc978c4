"""A platform's own CSV and Parquet files as logs: named, converted by stated rules, and landed by day."""
