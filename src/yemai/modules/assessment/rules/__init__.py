"""The arithmetic of assessment: pure functions and tables, no database."""
