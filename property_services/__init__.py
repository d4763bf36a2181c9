"""Red property management: modes, ratings by the six goods, two levels."""
