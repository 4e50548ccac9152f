"""Lesson plans handed in, approved and digitally signed by chat."""

__version__ = "0.1.0"
