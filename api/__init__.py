"""HTTP views over the database: JSON under /api/v1, pages under /."""
