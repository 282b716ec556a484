"""The verbs: what joins two rooms is a flow. Read ``pipeline`` first."""
