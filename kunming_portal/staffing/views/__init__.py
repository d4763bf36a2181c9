"""Pages of absences and duty rosters."""
