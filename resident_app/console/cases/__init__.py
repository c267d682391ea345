"""The office's day: the queue, one request, calls, messages out and in."""
