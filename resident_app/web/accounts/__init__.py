"""Staff accounts for every application with sign-in: enrollment, sign-in, reauthentication, sessions.

An application builds an `AccountsContext` with its own permissions and calls `install_accounts`.
"""
