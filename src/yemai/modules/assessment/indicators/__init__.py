"""Indicators: what is counted, defined once as expressions over the facts, the same for every engine."""
