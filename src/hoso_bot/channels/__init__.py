"""Chat worlds: one file each. `parse` is pure; `listen`, `send` and `fetch` do the network."""
