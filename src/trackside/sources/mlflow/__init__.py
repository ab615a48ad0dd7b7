"""Runs of MLflow: of file stores, databases and servers. One module puts what they say into trackside's words."""
