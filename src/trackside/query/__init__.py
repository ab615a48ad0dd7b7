"""The filter language: grammar, tree, compilation and completion. It knows no store and no screen."""
