"""Pages of reports: the forms and their design, the fillings, the questions."""
