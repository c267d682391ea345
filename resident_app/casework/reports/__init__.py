"""What leads see: time to contact and outcomes, with small cells suppressed, and exports."""
