"""The worker: sends messages, places calls, processes replies and runs scheduled jobs."""
