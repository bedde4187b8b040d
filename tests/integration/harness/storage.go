package harness

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// Restore writes a ChatRequest into etcd, past admission and schema, as a restored backup or an older version would have
// left it there. The API server serves it from then on.
func (n *Namespace) Restore(t testing.TB, request Object) {
	t.Helper()
	value, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	key := "/registry/kubechat.io/chatrequests/" + n.Name + "/" + request.String("metadata.name")
	// etcd's gateway takes the bytes in base64, as encoding/json writes them.
	body, err := json.Marshal(map[string][]byte{"key": []byte(key), "value": value})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(fmt.Sprintf("http://127.0.0.1:%d/v3/kv/put", n.cluster.etcdPort), "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if answer, _ := io.ReadAll(resp.Body); resp.StatusCode != 200 {
		t.Fatalf("etcd: %d %s", resp.StatusCode, answer)
	}
}
