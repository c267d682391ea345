"""Figures and exports, for leads."""
