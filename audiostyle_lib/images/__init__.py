"""Pictures: where style transfer comes from (book: chapter 1)."""
