"""台账: every kind of work as one list with filters, as a table and on paper; reads only, through the rooms own queries."""
