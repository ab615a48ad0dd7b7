"""A multilayer perceptron in numpy: one hidden layer of leaky rectifiers, a softmax, stochastic gradient descent.

It knows nothing of what it learns, nor that it is recorded.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]

_LEAK = 0.1


class Judgement(NamedTuple):
    """How a perceptron does on labelled images: mean cross entropy, share of right answers, the answers."""

    loss: float
    accuracy: float
    answers: Labels


class Perceptron:
    """Weights between inputs, hidden units and classes."""

    def __init__(self, inputs: int, hidden: int, classes: int, chance: np.random.Generator) -> None:
        self.weights = [
            chance.normal(0, np.sqrt(2 / inputs), (inputs, hidden)),
            np.zeros(hidden),
            chance.normal(0, np.sqrt(2 / hidden), (hidden, classes)),
            np.zeros(classes),
        ]

    def learn(self, images: Floats, labels: Labels, lr: float) -> tuple[float, float]:
        """Go one step down the gradient on a batch; the batch's loss before it, and the gradient's norm."""
        into, bias, out, bias_out = self.weights
        before = images @ into + bias
        slope = np.where(before > 0, 1.0, _LEAK)
        hidden = before * slope
        log_shares = _log_softmax(hidden @ out + bias_out)
        rows = np.arange(len(labels))
        at_classes = np.exp(log_shares)
        at_classes[rows, labels] -= 1
        at_classes /= len(labels)
        at_hidden = (at_classes @ out.T) * slope
        gradients = [images.T @ at_hidden, at_hidden.sum(0), hidden.T @ at_classes, at_classes.sum(0)]
        self.weights = [weights - lr * gradient for weights, gradient in zip(self.weights, gradients, strict=True)]
        norm = np.sqrt(sum(float(np.square(gradient).sum()) for gradient in gradients))
        return float(-log_shares[rows, labels].mean()), float(norm)

    def judge(self, images: Floats, labels: Labels) -> Judgement:
        """How it does on images that it need not have seen."""
        into, bias, out, bias_out = self.weights
        before = images @ into + bias
        log_shares = _log_softmax(np.where(before > 0, before, _LEAK * before) @ out + bias_out)
        answers = log_shares.argmax(1)
        loss = float(-log_shares[np.arange(len(labels)), labels].mean())
        return Judgement(loss, float((answers == labels).mean()), answers)


def _log_softmax(scores: Floats) -> Floats:
    shifted = scores - scores.max(1, keepdims=True)
    shares: Floats = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return shares
