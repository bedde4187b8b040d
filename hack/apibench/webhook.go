package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func runWebhook(args []string) error {
	c := newCommon("webhook")
	listen := c.fs.String("listen", "127.0.0.1:0", "address")
	cert := c.fs.String("cert", "", "PEM file with the certificate")
	key := c.fs.String("key", "", "PEM file with its key")
	if err := c.parse(args); err != nil {
		return err
	}
	if *cert == "" || *key == "" {
		return errors.New("--cert and --key are needed")
	}
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	fmt.Printf("https://%s\n", l.Addr())
	failed := make(chan error, 1)
	go func() { failed <- http.ServeTLS(l, http.HandlerFunc(stamp), *cert, *key) }()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	select {
	case err := <-failed:
		return err
	case <-stop:
		return nil
	}
}

// stamp is the least that a mutating webhook in Go does: decode the review, write the caller into the object by a JSON patch. It
// seals and checks nothing.
func stamp(w http.ResponseWriter, r *http.Request) {
	var review struct {
		Request struct {
			UID      string
			UserInfo struct {
				Username string   `json:"username"`
				UID      string   `json:"uid,omitempty"`
				Groups   []string `json:"groups,omitempty"`
			}
			Object map[string]any
		}
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &review)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	type operation struct {
		Op    string `json:"op"`
		Path  string `json:"path"`
		Value any    `json:"value"`
	}
	patch, err := json.Marshal([]operation{{"add", "/spec/requestedBy", review.Request.UserInfo}})
	if err == nil {
		body, err = json.Marshal(map[string]any{
			"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
			"response": map[string]any{"uid": review.Request.UID, "allowed": true, "patchType": "JSONPatch", "patch": patch},
		})
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(body)
}
