"""Field encryption behind one interface, so that a national-cipher module can take its place."""
