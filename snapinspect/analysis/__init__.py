"""What can be asked of a snapshot: answers alone, which change nothing and know no terminal."""
