"""What the carrier calls: the residents' line, calls from the office, inbound SMS."""
