"""A comparison to hand on: as a document for scripts, as a page in HTML, as Markdown."""
