"""What can be done with a snapshot: the only rooms that change anything outside."""
