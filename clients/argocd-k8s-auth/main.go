// Argo CD's exec plugin alone: the part of the argocd binary that answers to the name argocd-k8s-auth.
package main

import (
	"os"

	"github.com/argoproj/argo-cd/v3/cmd/argocd-k8s-auth/commands"
)

func main() {
	if err := commands.NewCommand().Execute(); err != nil {
		os.Exit(1)
	}
}
