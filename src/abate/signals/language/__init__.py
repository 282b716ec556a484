"""Which language a text is in: script first, then naive Bayes over byte sequences. The plug is in ``langid``."""
