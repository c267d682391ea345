"""The pages of the office's daily work: the queue, one request, calls, messages out and in."""
