"""What only the book's lessons need: checks of exercises, layouts to compare, a trained network."""
