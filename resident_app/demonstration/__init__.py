"""Made-up people for a demonstration: nobody in it exists."""
