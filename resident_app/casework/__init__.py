"""What the outreach office does with a help request.

This package holds the private key. The public process may never import it.
"""
