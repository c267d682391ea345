"""The web side, and everything that the site and the phone line share."""
