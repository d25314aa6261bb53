"""How fast it is: a workload like a real cluster's, and what each command takes beside its peers."""
