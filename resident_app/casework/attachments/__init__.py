"""Files that came with messages and requests: opened, and shown as pictures that a limited process makes."""
