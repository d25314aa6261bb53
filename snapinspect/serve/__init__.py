"""A read-only Kubernetes API over a snapshot, for kubectl, k9s, Helm and whatever else speaks to a cluster."""
