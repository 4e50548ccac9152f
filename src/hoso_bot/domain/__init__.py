"""What the school decided, as pure functions and frozen values: no I/O, no clock."""
