"""The command line: verbs over services."""
