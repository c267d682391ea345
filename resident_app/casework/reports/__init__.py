"""What leads see: waits and outcomes, small numbers hidden, and what may leave as a file."""
