"""Who may: passwords, second factors, roles, sessions and tokens. ``flows.people`` keeps what these make."""
