"""How long records are kept, how they go, and how what is kept is sealed again."""
