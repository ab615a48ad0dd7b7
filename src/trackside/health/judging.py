"""All that the shapes of a run's curves say: each rule over the curves that it is for."""

from collections.abc import Iterable

from trackside.health.curve import Curve
from trackside.health.divergence import divergence
from trackside.health.flat import flat
from trackside.health.idle import idle
from trackside.health.names import family, is_held_out, judged
from trackside.health.overfitting import overfitting
from trackside.health.plateau import plateau
from trackside.health.spike import spike
from trackside.model.health import Finding


def findings(curves: Iterable[Curve], *, running: bool) -> list[Finding]:
    """What the rules find, one curve after the other. A curve that is flat, or diverges, is not told of twice."""
    kinds: dict[str | None, list[Curve]] = {}
    for curve in sorted(filter(Curve.can_be_judged, curves), key=lambda curve: curve.metric):
        kinds.setdefault(judged(curve.metric), []).append(curve)
    losses = kinds.get("loss", [])
    found = [_of_training(curve) for curve in losses if not is_held_out(curve.metric)]
    found += [flat(curve) for curve in kinds.get("gradient", [])]
    found += [overfitting(*pair) for pair in _pairs(losses)]
    told = {finding.word.partition(":")[2] for finding in found if finding is not None}
    found += [plateau(curve, running=running) for curve in _telling(losses) if curve.metric not in told]
    if running:
        found += [idle(curve) for curve in kinds.get("card", [])]
    return [finding for finding in found if finding is not None]


def _of_training(curve: Curve) -> Finding | None:
    return flat(curve) or divergence(curve) or spike(curve)


def _pairs(losses: list[Curve]) -> list[tuple[Curve, Curve]]:
    """Each held-out loss with the training loss of the same name."""
    training = {family(curve.metric): curve for curve in losses if not is_held_out(curve.metric)}
    held_out = [curve for curve in losses if is_held_out(curve.metric)]
    return [(training[family(curve.metric)], curve) for curve in held_out if family(curve.metric) in training]


def _telling(losses: list[Curve]) -> list[Curve]:
    """Of each loss the curve on held-out data, where there is one."""
    held_out = {family(curve.metric) for curve in losses if is_held_out(curve.metric)}
    return [curve for curve in losses if is_held_out(curve.metric) or family(curve.metric) not in held_out]
