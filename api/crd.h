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

extern const struct kc_crd kc_chatrequest_crd, kc_auditpolicy_crd, kc_aiprovider_crd;
/* All kinds of the API in the order in which they are printed; ends with NULL. crds/ holds one file for each. */
extern const struct kc_crd *const kc_crds[];

/* Appends the document to out; the same rows give the same bytes. */
void kc_crd_write(struct kc_buf *out, const struct kc_crd *crd);
