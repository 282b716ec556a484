"""Cases → decisions: in which order, what is shown, what may be decided. Pure; the flows store what comes out."""
