"""What Kubernetes stores in etcd: keys, kinds (a table), and the encodings of values, encryption among them."""
