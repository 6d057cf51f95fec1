"""Pure rules of reports: what a sheet's header is, which column a heading means, what moves when rows come in."""
