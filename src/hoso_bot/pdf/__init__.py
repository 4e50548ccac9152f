"""Everything that touches PDF bytes: looking, rewriting, signing, verifying."""
