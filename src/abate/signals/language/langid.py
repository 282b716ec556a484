"""The plug ``langid``: naive Bayes over byte sequences, restricted to the languages of one script.

The model is py3langid's (Barbaresi, after Lui and Baldwin, *langid.py: An Off-the-shelf Language Identification Tool*,
ACL 2012), cut down to three scripts and walked by a kernel; the scores are those of the package for what is read.

What is read: the first characters of the text, in light form, without web addresses and account names. The script with
most letters decides which languages are compared; Latin letters count a third beside another script, since names and
brands are written in them everywhere. Letters of other scripts then part words. A text that goes on in another language
is called by that of its beginning: one text has one answer.
"""

from collections.abc import Sequence

from abate.domain.signal import Language, NotScanned


class LangId:
    """Tells sixteen languages and two of Kurdistan apart, and answers ``und`` for others in their scripts."""

    name = "langid"
    version = "1"

    def identify(self, texts: Sequence[str]) -> list[Language | NotScanned]:
        """Return the language of each text, or why it has none: too few letters, or a script that is not read.

        ``und`` where all else together is as likely as any one of ours; the confidence is that of the likeliest.
        """
        # Kernels and tables take half a second and 20 MB: they are loaded when there is a text.
        from abate.signals.language import reading

        return reading.languages(texts)
