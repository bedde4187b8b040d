package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// A template is an AdmissionReview in two halves, with the uid to go in between.
type template struct{ head, tail []byte }

const uidMark = `"00000000-0000-4000-8000-0000uid00000"`

func readTemplate(path string) (template, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return template{}, err
	}
	t, err := newTemplate(b)
	if err != nil {
		return t, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

func newTemplate(b []byte) (template, error) {
	var review, request map[string]json.RawMessage
	if err := json.Unmarshal(b, &review); err != nil {
		return template{}, err
	}
	if err := json.Unmarshal(review["request"], &request); err != nil || request == nil {
		return template{}, errors.New("an AdmissionReview has a request")
	}
	request["uid"] = json.RawMessage(uidMark)
	var err error
	if review["request"], err = json.Marshal(request); err != nil {
		return template{}, err
	}
	if b, err = json.Marshal(review); err != nil {
		return template{}, err
	}
	head, tail, _ := bytes.Cut(b, []byte(uidMark))
	return template{head, tail}, nil
}

func (t template) with(uid string) []byte {
	out := make([]byte, 0, len(t.head)+len(uid)+2+len(t.tail))
	out = append(append(out, t.head...), '"')
	out = append(append(out, uid...), '"')
	return append(out, t.tail...)
}

// An expectation is what every answer must be.
type expectation struct {
	allowed bool
	paths   []string // that the patch must touch
}

// check looks at an answer as the API server would, and then at what this webhook is for.
func (e expectation) check(body []byte, uid string) error {
	var review struct {
		APIVersion, Kind string
		Response         *struct {
			UID       string
			Allowed   bool
			PatchType string
			Patch     string
			Status    struct{ Message string }
		}
	}
	if err := json.Unmarshal(body, &review); err != nil {
		return fmt.Errorf("answer is no JSON: %w: %.200s", err, body)
	}
	r := review.Response
	switch {
	case review.Kind != "AdmissionReview" || review.APIVersion != "admission.k8s.io/v1":
		return fmt.Errorf("answer is a %s %s, not an AdmissionReview of admission.k8s.io/v1", review.APIVersion, review.Kind)
	case r == nil:
		return errors.New("answer has no response")
	case r.UID != uid:
		return fmt.Errorf("response.uid is %q, asked with %q", r.UID, uid)
	case r.Allowed != e.allowed:
		return fmt.Errorf("response.allowed is %v: %s", r.Allowed, r.Status.Message)
	case r.Patch == "" && len(e.paths) > 0:
		return errors.New("response.patch is missing")
	case r.Patch == "":
		return nil
	case r.PatchType != "JSONPatch":
		return fmt.Errorf("response.patchType is %q", r.PatchType)
	}
	return e.checkPatch(r.Patch)
}

func (e expectation) checkPatch(encoded string) error {
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return fmt.Errorf("response.patch: %w", err)
	}
	var patch []struct{ Op, Path string }
	if err := json.Unmarshal(raw, &patch); err != nil {
		return fmt.Errorf("response.patch: %w: %.200s", err, raw)
	}
	touched := map[string]bool{}
	for _, p := range patch {
		if p.Op == "" || p.Path == "" {
			return fmt.Errorf("response.patch has an operation without op or path: %.200s", raw)
		}
		touched[p.Path] = true
	}
	for _, p := range e.paths {
		if !touched[p] {
			return fmt.Errorf("response.patch does not touch %s: %.200s", p, raw)
		}
	}
	return nil
}
