"""Reports for print: one month of the county, with what may be said of it."""
