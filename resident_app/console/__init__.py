"""The console: the application in which outreach staff follow up every request. It has a host of its own."""
