"""What each command does: options in, a few lines over the parts that do the work; cli.py names them."""
