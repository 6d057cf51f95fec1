"""Cases in and out as files: .csv and .xlsx, refusals row by row, safe to repeat."""
