// The admission webhook of Azure Workload Identity, as its handler alone: no manager with informers, certificates of its own making and a fixed port.
// It listens on a free port of loopback and prints its address. KUBECONFIG says whose service accounts it reads, AZURE_TENANT_ID and
// AZURE_ENVIRONMENT what it tells pods, as upstream; the flags name the certificate that API servers are to trust.
package main

import (
	"flag"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"

	"github.com/Azure/azure-workload-identity/pkg/webhook"
	"github.com/go-logr/logr"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/config"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

func main() {
	certificate := flag.String("certificate", "tls.crt", "file with the certificate, PEM")
	key := flag.String("key", "tls.key", "file with its key, PEM")
	flag.Parse()
	ctrllog.SetLogger(logr.FromSlogHandler(slog.NewTextHandler(os.Stderr, nil)))
	log.Fatal(serve(*certificate, *key))
}

func serve(certificate, key string) error {
	cluster, err := config.GetConfig()
	if err != nil {
		return err
	}
	api, err := client.New(cluster, client.Options{})
	if err != nil {
		return err
	}
	mutator, err := webhook.NewPodMutator(api, api, webhook.DefaultAudience, scheme.Scheme, cluster, "", "")
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("https://%s/mutate-v1-pod\n", listener.Addr())
	http.Handle("/mutate-v1-pod", &admission.Webhook{Handler: mutator})
	return http.ServeTLS(listener, nil, certificate, key)
}
