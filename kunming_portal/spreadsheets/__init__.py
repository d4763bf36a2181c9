"""Workbooks in and out: column specifications, every error by row and column, preview, one transaction."""
