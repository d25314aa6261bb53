"""The command line: a file a command, each its options, one call and one writer."""
