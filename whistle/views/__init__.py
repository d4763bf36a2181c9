"""Pages of the whistle: parse, check, call a service, show. One module for each kind of page."""
