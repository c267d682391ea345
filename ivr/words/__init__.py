"""What callers hear and read: prompts, spoken answers, text messages, voices, recordings."""
