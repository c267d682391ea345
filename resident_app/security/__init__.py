"""What keeps a resident safe from guessing, from floods and from what a machine remembers."""
