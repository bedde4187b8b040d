/* yaml: YAML 1.1 as Kubernetes tools read it, to jansson values (libyaml).
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
