/* resource: what the API server serves, and a request to it, as values.
 *
 * A kc_mapping is one row of discovery (k8s.io/apimachinery meta.RESTMapping): who fills it owns its strings. A
 * kc_restmap is a read-only table of them that pure code resolves names against; controller/kube/discovery makes one
 * from a server, tests write one down.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "controller/base/arena.h"
#include "controller/base/text.h"

struct kc_mapping {
    const char *group; /* "" for the core group */
    const char *version;
    const char *kind;
    const char *resource; /* plural, "deployments" */
    const char *singular; /* "deployment" */
    struct kc_strs short_names;
    struct kc_strs categories; /* "all" */
    bool namespaced;
    bool scalable;     /* has the scale subresource */
    bool preferred;    /* the server's preferred version of this group and resource */
    unsigned priority; /* place of the group in the server's own order, 0 first: kubectl prefers the smaller */
};

struct kc_restmap {
    const struct kc_mapping *v;
    size_t n;
};

/* kubectl's way to read a type: "deploy", "deployments", "Deployment", "deployments.apps", "deployments.v1.apps". NULL
 * when nothing matches; among several groups the first in the server's order wins, as in kubectl. */
const struct kc_mapping *kc_restmap_find(const struct kc_restmap *m, const char *type);
const struct kc_mapping *kc_restmap_kind(const struct kc_restmap *m, const char *group, const char *kind);

/* "/apis/apps/v1/namespaces/shop/deployments/checkout/scale": ns NULL or "" for cluster-scoped or all namespaces, name
 * and subresource NULL for none. Every segment is percent-encoded. */
const char *kc_resource_path(struct kc_arena *a, const struct kc_mapping *m, const char *ns, const char *name,
                             const char *subresource);

/* A container of a pod or a pod template. */
struct kc_container_ref {
    const char *name, *image;
};

/* One call of the Kubernetes API. Strings belong to whoever made it (usually an arena). */
struct kc_api_request {
    const char *method;       /* "GET", "PATCH", ... */
    const char *path;         /* encoded, without query */
    const char *query;        /* encoded, without '?'; NULL or "": none */
    const char *content_type; /* NULL: no body */
    const char *accept;       /* NULL: application/json */
    const char *body;
    size_t body_len;
};

/* Who a call is made as (design, section 3). An empty username means: as ourselves. */
struct kc_extra {
    const char *key;
    struct kc_strs values;
};
struct kc_identity {
    const char *username;
    const char *uid; /* "" or NULL: unknown */
    struct kc_strs groups;
    const struct kc_extra *extras;
    size_t n_extras;
};
