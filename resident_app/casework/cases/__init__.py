"""What the office does with a request: the queue, one request's timeline, each action."""
