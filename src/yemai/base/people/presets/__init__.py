"""The kinds of post the five practices use, as data."""
