"""From series to text: reduction, smoothing, clipping, and one backend that draws."""
