"""Street Party-building alliances: member units, rotation, deliberation, lists."""
