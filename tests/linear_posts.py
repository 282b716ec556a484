"""Invented posts of invented topics, for models to learn from."""

import random

_LINES = {
    "lantern": "lantern oil wick glow light evening procession bright parade hill Order of the Grey Lantern",
    "harbour": "harbour ship tide quay fish mast anchor sail captain storm harbourline gull",
    "garden": "garden rose soil spade bee hedge seed apple orchard compost rake bloom",
    "": "the a of we saw today near with and then some very old new it is was they went home",
}
TOPICS = {topic: line.split() for topic, line in _LINES.items()}


def posts(count, topics=("harbour", "lantern"), *, seed=0, clear=0.25):
    """Return ``count`` texts and their labels; the smaller ``clear``, the harder they are to tell apart."""
    dice = random.Random(seed)
    labels = [dice.choice(topics) for _ in range(count)]
    return [text(dice, label, topics, clear) for label in labels], labels


def text(dice, label, topics, clear):
    words = []
    for _ in range(dice.randint(5, 14)):
        own = dice.random() < clear
        words.append(dice.choice(TOPICS[label if own else dice.choice(topics)] if dice.random() < 0.5 else TOPICS[""]))
    return " ".join(words)
