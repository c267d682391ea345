"""What leads and admins answer for: figures, exports, the audit log, retention, keys."""
