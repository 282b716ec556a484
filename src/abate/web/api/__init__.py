"""The API under ``/v1``: JSON in and out, bearer tokens, one shape for every error."""
