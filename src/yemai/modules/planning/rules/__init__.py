"""Pure planning: division into micro-grids, sites of stations, joint branches. No Django, no clock but a stopwatch."""
