"""Patterns that smell of gaming, shown to a person with the rows behind them; the machine judges nobody."""
