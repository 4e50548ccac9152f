"""The web board: how the school's plans stand, for who may see it. Read-only; decisions stay in the chat."""
