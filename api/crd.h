/* crd: a CustomResourceDefinition (apiextensions.k8s.io/v1) as YAML, made from a descriptor table. Pure. */
#pragma once

#include "api/descriptor.h"

struct kc_column {
    const char *name, *type, *json_path, *description;
};

struct kc_crd {
    const char *group, *version, *kind, *plural, *singular, *short_name, *category;
    bool namespaced;
    const char *description;
    const struct kc_table *table; /* fields of the root beside apiVersion, kind and metadata: spec, status */
    const struct kc_column *columns;
    size_t n_columns;
};

/* Appends the document to out; the same rows give the same bytes. */
void kc_crd_write(struct kc_buf *out, const struct kc_crd *crd);
