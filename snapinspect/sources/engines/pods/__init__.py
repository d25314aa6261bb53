"""What a temporary etcd in a cluster takes: its manifest, the cluster's side of it, the upload, the bridge back."""
