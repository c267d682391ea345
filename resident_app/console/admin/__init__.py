"""The pages of administration: the audit log, retention, staff accounts, keys."""
