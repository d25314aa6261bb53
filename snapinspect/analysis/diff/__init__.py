"""What differs between two states: of an object (``fields``, ``shown``), or of a whole cluster (``objects``)."""
