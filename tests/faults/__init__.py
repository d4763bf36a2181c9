"""`make faults`: real beat, workers and servers under load and faults, judged from the database alone."""
