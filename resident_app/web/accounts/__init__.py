"""Who works here, and how they prove who they are: accounts, sessions, passkeys, locks."""
