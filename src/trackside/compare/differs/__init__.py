"""What two sides of a comparison were made with: params, environment, packages, data, command, code. Pure functions."""
