"""What runs were made with, and how that of two runs differs: params, environment, code, data."""
