"""事件闭环: a case from report to score, every stage and verb driven by one table."""
