"""How a text is to be read: as a report, as counter-speech, as law or scholarship, or as what those speak of.

``lexicon`` counts hand-written cues, ``model`` weighs the counts, ``reader`` is the plug, and ``mentions`` takes names
out of a text before it is read. What all of it can and cannot do stands in ``card.md``.
"""
