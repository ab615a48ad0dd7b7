"""What is written down about a run beside its metrics: code, environment, data, seeds. Each part knows one of them."""
