/* access: may somebody do something? Asked with the groups of the identity: without them the API server answers wrongly
 * for rights that come through a group.
 */
#pragma once

#include "controller/kube/client.h"

struct kc_access {
    const char *verb, *group, *resource;
    const char *ns, *name;   /* name "": any */
    const char *subresource; /* NULL: none */
};

/* SubjectAccessReview, as ourselves; who is who the question is about. False: it could not be asked. */
KC_CHECK bool kc_access_allowed(struct kc_kube *kube, const struct kc_identity *who, const struct kc_access *access,
                                struct kc_arena *a, bool *ret, struct kc_err *err);
/* SelfSubjectAccessReview as who: with the groups that a call in his name is made with. */
KC_CHECK bool kc_access_own(struct kc_kube *kube, const struct kc_identity *who, const struct kc_access *access,
                            struct kc_arena *a, bool *ret, struct kc_err *err);
