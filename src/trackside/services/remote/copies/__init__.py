"""The copy that is kept here of a store on a host without trackside."""
