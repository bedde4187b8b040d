/* labels: labels and label selectors as values, and whether they fit (apimachinery's pkg/labels). Pure.
 *
 * A selector is a list of requirements that all have to hold; matchLabels are requirements of the operator In with one
 * value. Values stand joined by commas, which no label value has.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "controller/base/json.h"
#include "controller/base/text.h"

struct kc_requirement {
    const char *key;
    const char *operator; /* "In", "NotIn", "Exists", "DoesNotExist" */
    const char *values;   /* "a,b"; "" for the last two */
};

/* NULL: labels has no such key. */
const char *kc_label_get(const struct kc_label *labels, size_t n, const char *key);
/* True when every requirement holds: an empty selector selects everything. An unknown operator holds for nothing. */
bool kc_selector_matches(const struct kc_requirement *selector, size_t n_selector, const struct kc_label *labels,
                         size_t n_labels);
/* spec.selector of a workload (or a Service's map) as a query takes it: "app=web,tier in (a,b)"; NULL: it selects none.
 */
const char *kc_selector_text(struct kc_arena *a, const json_t *object);
