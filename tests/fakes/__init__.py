"""Stand-ins for the outside world, named like the things they stand for."""
