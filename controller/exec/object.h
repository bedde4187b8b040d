/* object: small reads of a target that several parts of exec need. */
#pragma once

#include "controller/action/action.h"
#include "controller/exec/cluster.h"

struct kc_object_meta {
    const char *uid, *resource_version;
    int64_t generation;
    bool being_deleted;
    const char *marked_at; /* the newest time in managedFields but for status: moves when metadata alone is changed */
};

#define KC_JSON_ACCEPT "application/json"

struct kc_mapping kc_target_mapping(const struct kc_target *t);

/* Whether a call made for a person failed for good and in a way that the person has to see; 401 is our own trouble. */
bool kc_is_refusal(const struct kc_err *e);

/* Whether an eviction was put off because a disruption budget has no room for it now. */
bool kc_is_put_off(const struct kc_err *e);
/* What it waits for: "poddisruptionbudget/shop/web needs 3 healthy pods and has 3 currently"; the API server's own
 * words where they name no budget. */
const char *kc_put_off_by(struct kc_arena *a, const char *ns, const struct kc_err *e);

/* One call that answers with JSON, redacted; *ret lives in the arena. */
KC_CHECK bool kc_object_call(const struct kc_cluster *c, const struct kc_identity *who,
                             const struct kc_api_request *req, struct kc_arena *a, json_t **ret,
                             struct kc_api_response *ret_response, struct kc_err *err);
/* The same, when the answer itself is all that is wanted. */
KC_CHECK bool kc_object_read(const struct kc_cluster *c, const struct kc_identity *who,
                             const struct kc_api_request *req, struct kc_arena *a, json_t **ret, struct kc_err *err);

/* What an object that was read says of itself; "" for what it does not say. */
struct kc_object_meta kc_object_meta_of(const json_t *object);
/* metadata alone (PartialObjectMetadata), as who. */
KC_CHECK bool kc_object_meta_read(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_target *t,
                                  struct kc_arena *a, struct kc_object_meta *ret, struct kc_err *err);
