"""Finding by words: the full-text index of cases and the names of everything else."""
