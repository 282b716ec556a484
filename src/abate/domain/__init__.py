"""The words of abate. Standard library only; frozen; keyword-only; aware times only. Start reading at ``item``."""
