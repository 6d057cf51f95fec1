"""Work that runs on a clock or after a commit: rows in the database, claimed by compare-and-set."""
