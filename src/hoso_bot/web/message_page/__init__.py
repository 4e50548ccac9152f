"""The page of a message with its buttons, for chats that have none."""
