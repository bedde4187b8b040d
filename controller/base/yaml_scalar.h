/* yaml_scalar: which JSON value a YAML scalar stands for (the rules of sigs.k8s.io/yaml, that is of YAML 1.1). Pure. */
#pragma once

#include <jansson.h>
#include <yaml.h>

/* A new reference, or NULL with the problem in words. e is a scalar event. */
json_t *kc_yaml_scalar(const yaml_event_t *e, const char **ret_problem);

/* The string that a value becomes as a mapping's key; NULL with the problem in words for null, lists and mappings. */
json_t *kc_yaml_key(const json_t *value, const char **ret_problem);

/* A finite number, as Go's JSON writes it: 1e3 and 2.0 are integers, and the API server reads them as such. */
json_t *kc_yaml_real(double value);
