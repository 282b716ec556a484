"""Item → signals. One file a signal type; each is a plug of ``abate.signals``, ours and others' alike."""
