"""Boards and counts as people take them along: a picture, sheets, a bundle of files; `domain` says what."""
