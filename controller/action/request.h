/* request: a change's request: how verbs put it together, and what is added to it when it leaves: dryRun and the
 * precondition. Pure.
 *
 * By method and content type, one row each: merge and strategic patches carry the resourceVersion in body.metadata;
 * server-side apply and PUT, the uid too; JSON patches begin with
 * {"op":"replace","path":"/metadata/resourceVersion",...}; DELETE and evictions carry uid and resourceVersion in
 * DeleteOptions.preconditions; POSTs that create have none. dryRun goes into the query; for DELETE and evictions into
 * DeleteOptions, as kubectl does.
 */
#pragma once

#include "controller/base/json.h"
#include "controller/base/resource.h"

#define KC_JSON_TYPE       "application/json"
#define KC_JSON_PATCH      "application/json-patch+json"
#define KC_MERGE_PATCH     "application/merge-patch+json"
#define KC_STRATEGIC_PATCH "application/strategic-merge-patch+json"
#define KC_APPLY_PATCH     "application/apply-patch+yaml"

/* The query of every change. */
#define KC_MANAGER       "kubechat"
#define KC_FIELD_MANAGER "fieldManager=" KC_MANAGER
/* Of those with which kubectl asks for unknown fields to be refused. */
#define KC_STRICT KC_FIELD_MANAGER "&fieldValidation=Strict"

struct kc_precondition {
    const char *resource_version, *uid; /* NULL or "": none */
};

/* body as compact JSON with sorted names, as kubectl sends it; a NULL body is none. Takes over the reference. */
struct kc_api_request kc_request_of(struct kc_arena *a, const char *method, const char *path, const char *query,
                                    const char *content_type, json_t *body);

/* PUT: many types take no object without the version that it replaces, not even in a dry run. */
bool kc_request_needs_version(const struct kc_api_request *r);

/* INVALID when the recorded body is not what its content type says. */
KC_CHECK bool kc_request_prepare(struct kc_arena *a, const struct kc_api_request *recorded,
                                 const struct kc_precondition *pre, bool dry_run, struct kc_api_request *ret,
                                 struct kc_err *err);
