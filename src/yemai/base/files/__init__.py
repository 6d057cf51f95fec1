"""Photos of cases and whatever else people hand in: kept outside the web root, shown only by a view that decided so."""
