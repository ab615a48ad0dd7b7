"""Metrics as charts show them: their curves, which of them share a chart, the series of the machine."""
