"""Pages about one place, composed of what every app keeps there (ADR 0033). No models, nothing is changed here."""
