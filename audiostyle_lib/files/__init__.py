"""Sound files in and out: the whole sound, or a word about it."""
