// Package kubernetes holds the tests of deploy/kubernetes.yaml, against the code of Kubernetes itself.
package kubernetes
