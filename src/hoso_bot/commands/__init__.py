"""Commands about the school year; cli.py hangs them into its tree."""
