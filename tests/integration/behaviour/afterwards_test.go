package behaviour

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The text format of Prometheus, version 0.0.4.
var (
	helpLine   = regexp.MustCompile(`^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) \S.*$`)
	typeLine   = regexp.MustCompile(`^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$`)
	sampleLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$`)
	boundLabel = regexp.MustCompile(`,?le="([^"]*)"`)
)

// metrics checks the format line by line and returns the samples by name with labels, as written.
func metrics(t *testing.T, text string) map[string]float64 {
	t.Helper()
	kinds, samples := map[string]string{}, map[string]float64{}
	helped, closed := map[string]bool{}, map[string]bool{}
	last, bucket, below := "", "", 0.0
	if !strings.HasSuffix(text, "\n") {
		t.Error("the last line is not ended")
	}
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if m := helpLine.FindStringSubmatch(line); m != nil {
			if helped[m[1]] {
				t.Errorf("a second HELP: %s", line)
			}
			helped[m[1]] = true
			continue
		}
		if m := typeLine.FindStringSubmatch(line); m != nil {
			if !helped[m[1]] || kinds[m[1]] != "" {
				t.Errorf("TYPE without HELP before it, or twice: %s", line)
			}
			kinds[m[1]] = m[2]
			continue
		}
		m := sampleLine.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("no line of the format: %q", line)
			continue
		}
		value, err := strconv.ParseFloat(m[4], 64)
		if err != nil {
			t.Errorf("%s: %v", line, err)
		}
		family := m[1]
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if base := strings.TrimSuffix(m[1], suffix); base != m[1] && kinds[base] == "histogram" {
				family = base
			}
		}
		switch {
		case kinds[family] == "":
			t.Errorf("no TYPE before %s", line)
		case kinds[family] == "counter" && !strings.HasSuffix(family, "_total"):
			t.Errorf("a counter without _total: %s", line)
		case kinds[family] != "gauge" && value < 0:
			t.Errorf("negative: %s", line)
		}
		if family != last {
			closed[last] = true
			if closed[family] {
				t.Errorf("%s stands in two places", family)
			}
			last = family
		}
		key := m[1] + m[2]
		if _, twice := samples[key]; twice {
			t.Errorf("twice: %s", line)
		}
		samples[key] = value
		if strings.HasSuffix(m[1], "_bucket") && kinds[family] == "histogram" {
			series := family + boundLabel.ReplaceAllString(m[3], "")
			if series != bucket {
				bucket, below = series, 0
			}
			if value < below {
				t.Errorf("buckets do not add up: %s", line)
			}
			below = value
		}
		if strings.HasSuffix(m[1], "_count") && kinds[family] == "histogram" && value != below {
			t.Errorf("%s: the last bucket has %v", line, below)
		}
	}
	return samples
}

func (w *world) testMetrics(t *testing.T) {
	code, text := w.manager.Probe("/metrics")
	if code != 200 {
		t.Fatal(code, text)
	}
	samples := metrics(t, text)
	for _, phase := range []string{"Succeeded", "Refused", "Rejected", "Cancelled", "Expired", "Stale", "NeedsClarification"} {
		if key := fmt.Sprintf(`kubechat_requests_finished_total{phase="%s"}`, phase); samples[key] < 1 {
			t.Errorf("%s is %v", key, samples[key])
		}
	}
	for key, least := range map[string]float64{
		`kubechat_admission_reviews_total{webhook="mutate",outcome="allowed"}`:   10,
		`kubechat_admission_reviews_total{webhook="mutate",outcome="refused"}`:   10,
		`kubechat_admission_reviews_total{webhook="validate",outcome="refused"}`: 10,
		`kubechat_admission_reviews_total{webhook="mutate",outcome="malformed"}`: 10,
		`kubechat_reconcile_total{controller="chatrequest",result="success"}`:    10,
		`process_resident_memory_bytes`:                                          1 << 20,
	} {
		if samples[key] < least {
			t.Errorf("%s is %v, wanted at least %v", key, samples[key], least)
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if code, text := w.manager.Probe(path); code != 200 {
			t.Errorf("%s: %d %s", path, code, text)
		}
	}
}

// The manager's token, its keys and people's tokens are nowhere to be read.
func (w *world) testSecrets(t *testing.T) {
	secrets := map[string]string{"the manager's token": w.ManagerToken(t)}
	stored := w.admin.Must(t, "GET", "/api/v1/namespaces/kubechat-system/secrets/kubechat-webhook", nil)
	for name, v := range stored["data"].(map[string]any) {
		if strings.Contains(name, "crt") || strings.Contains(name, "cert") || strings.Contains(name, "bundle") {
			continue // certificates are public
		}
		encoded := v.(string)
		raw, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			t.Fatal(err)
		}
		secrets[name] = string(raw)
		secrets[name+" in base64"] = encoded
		secrets[name+" in hex"] = hex.EncodeToString(raw)
		if lines := strings.Split(string(raw), "\n"); len(lines) > 2 { // PEM: any of it
			secrets[name+", its second line"] = lines[1]
		}
	}
	if len(secrets) < 4 {
		t.Fatalf("only %d secrets are known", len(secrets))
	}
	places := map[string]string{}
	for _, format := range []string{"json", "csv"} {
		out, err := exec.Command(os.Getenv("KUBECHAT_BIN"), "audit", "export", "--store", "sqlite:"+w.Store, "--format", format).Output()
		if err != nil {
			t.Fatal(err)
		}
		places["the audit log as "+format] = string(out)
	}
	for name, path := range map[string]string{"the manager's log": w.manager.Log, "the audit store": w.Store} {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		places[name] = string(b)
	}
	for name, path := range map[string]string{"the requests": "/apis/kubechat.io/v1alpha1/chatrequests", "the events": "/api/v1/events"} {
		b, err := json.Marshal(w.admin.Must(t, "GET", path, nil))
		if err != nil {
			t.Fatal(err)
		}
		places[name] = string(b)
	}
	_, places["the metrics"] = w.manager.Probe("/metrics")
	for place, text := range places {
		if len(text) < 100 {
			t.Errorf("%s: there is nothing in it: %q", place, text)
		}
		for name, secret := range secrets {
			if len(secret) < 16 {
				t.Fatalf("%s is no secret: %d bytes", name, len(secret))
			}
			if strings.Contains(text, secret) {
				t.Errorf("%s stands in %s", name, place)
			}
		}
	}
}
