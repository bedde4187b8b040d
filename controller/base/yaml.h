/* yaml: YAML 1.1 as Kubernetes tools read and write it, to jansson values and back (libyaml).
 *
 * Untagged scalars follow sigs.k8s.io/yaml: null, bool (true/false and yes/no/on/off), integers, floats, else strings.
 * Anchors and aliases are resolved with a bound on the expanded size (no billion laughs); duplicate keys are errors;
 * merge keys (<<) work. Input bound: max_bytes; depth bound: KC_JSON_DEPTH.
 */
#pragma once

#include "controller/base/json.h"

/* Every document of the stream, as an array (empty documents are left out). New reference; NULL with INVALID, naming
 * what, line and column. JSON input is valid YAML and works too. */
KC_CHECK json_t *kc_yaml_parse(const char *bytes, size_t len, size_t max_bytes, const char *what, struct kc_err *err);
/* The whole file at path ("-": standard input), at most max_bytes. */
KC_CHECK json_t *kc_yaml_read_file(const char *path, size_t max_bytes, struct kc_err *err);

/* Strings that a YAML 1.1 reader would take for something else are quoted, names sorted, as Kubernetes tools do. */
enum kc_yaml_style {
    KC_YAML_AS_KUBECTL, /* byte for byte what kubectl get -o yaml prints */
    KC_YAML_TYPED       /* may stand in a command: what cannot be typed or seen is written as an escape, and what is
                         * read again is the same value */
};
/* One document, with a newline at its end. INVALID with what libyaml says against it. */
KC_CHECK bool kc_yaml_write(const json_t *v, enum kc_yaml_style style, struct kc_buf *out, struct kc_err *err);
