"""Messages to residents and from them: their words, their way out, and what comes in."""
