package succession

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"kubechat.io/tests/harness"
)

const webhooks = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"

// admit has an admission webhook of the cluster's own answer for what is made in the namespace x, until the test ends. It is in
// force when it returns: the probes that tell are made in the namespace ns.
func (w *world) admit(t *testing.T, ns *harness.Namespace, x, resource string, answer object) {
	t.Helper()
	var asked atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		var review object
		if err := json.NewDecoder(in.Body).Decode(&review); err != nil {
			http.Error(out, err.Error(), http.StatusBadRequest)
			return
		}
		asked.Add(1)
		response := object{"uid": review.String("request.uid")}
		for k, v := range answer {
			response[k] = v
		}
		json.NewEncoder(out).Encode(object{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response})
	}))
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	server.StartTLS()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	w.Admin.Must(t, "POST", webhooks, object{"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
		"metadata": object{"name": x}, "webhooks": []object{{
			"name": "admit.example.com", "admissionReviewVersions": []string{"v1"}, "sideEffects": "None", "failurePolicy": "Fail",
			"clientConfig": object{"url": server.URL, "caBundle": base64.StdEncoding.EncodeToString(ca)},
			"namespaceSelector": object{"matchExpressions": []object{
				{"key": "kubernetes.io/metadata.name", "operator": "In", "values": []string{ns.Name, x}}}},
			"rules": []object{{"apiGroups": []string{""}, "apiVersions": []string{"v1"}, "operations": []string{"CREATE"},
				"resources": []string{resource}}}}}})
	t.Cleanup(func() {
		if _, err := w.Admin.Do("DELETE", webhooks+"/"+x, nil); err != nil {
			t.Error(err)
		}
		server.Close()
	})
	harness.Eventually(t, patience, func() error {
		w.Admin.Do("POST", ns.Path("v1", resource, "")+"?dryRun=All", object{"apiVersion": "v1", "kind": kinds[resource],
			"metadata": object{"name": "probe"}})
		if asked.Load() == 0 {
			return errors.New("the webhook has not been asked yet")
		}
		return nil
	})
}

var kinds = map[string]string{"configmaps": "ConfigMap", "serviceaccounts": "ServiceAccount"}

func patched(patch string) object {
	return object{"allowed": true, "patchType": "JSONPatch", "patch": base64.StdEncoding.EncodeToString([]byte(patch))}
}

func denied(message string) object {
	return object{"allowed": false, "status": object{"code": 403, "message": message}}
}

var labelled = patched(`[{"op":"add","path":"/metadata/labels","value":{"team":"platform"}}]`)

// policy makes an AuditPolicy for one namespace and waits until the manager knows it.
func (w *world) policy(t *testing.T, ns string, spec object) {
	t.Helper()
	const path = "/apis/kubechat.io/v1alpha1/auditpolicies"
	spec["match"] = object{"namespaces": []string{ns}}
	w.Admin.Must(t, "POST", path, object{"apiVersion": "kubechat.io/v1alpha1", "kind": "AuditPolicy", "metadata": object{"name": ns}, "spec": spec})
	t.Cleanup(func() {
		if _, err := w.Admin.Do("DELETE", path+"/"+ns, nil); err != nil {
			t.Error(err)
		}
	})
	harness.Eventually(t, patience, func() error {
		o := w.Admin.Must(t, "GET", path+"/"+ns, nil)
		if ready := o.Condition("Ready"); ready.Int("observedGeneration") != o.Int("metadata.generation") {
			return fmt.Errorf("AuditPolicy %s: Ready is %v", ns, ready)
		}
		return nil
	})
}
