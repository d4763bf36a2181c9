"""Files: judged by their content, photos drawn anew without metadata, kept under opaque names, served through scope."""
