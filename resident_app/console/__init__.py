"""The console: where outreach staff follow up every request. An application and a host of its own."""
