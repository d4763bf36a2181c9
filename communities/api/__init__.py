"""Places below the community over the API, to be read: what other systems need to say where a matter lies."""
