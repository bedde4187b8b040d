/* prompt: what a model is told and what it may answer. Pure.
 *
 * The model sees the request's words, the verbs that exist and the objects that the requester may list, as data; it
 * answers with steps whose verb and target are one of two enums in the answer's JSON schema, so that an object that
 * does not exist cannot be named. Of many objects those that the words speak of come first;
 * what a controller made is only offered when they do. The enum holds at most KC_AI_MAX_TARGETS of them.
 */
#pragma once

#include "controller/plan/planner.h"

#define KC_AI_MAX_TARGETS 64
#define KC_AI_MAX_STEPS   8

struct kc_ai_prompt {
    const char *system, *user;
    json_t *schema;                   /* lives in the arena */
    const struct kc_object **targets; /* what the enum stands for, in its order */
    const char **shown;               /* "deployment/shop/checkout" */
    size_t n_targets;
    size_t left_out;
};

/* A model chooses among objects that are there: it makes none out of nothing, writes no manifests, and runs no commands
 * of its own in containers. */
bool kc_ai_offers(const struct kc_verb *verb);
void kc_ai_prompt_make(struct kc_arena *a, const struct kc_plan_input *in, struct kc_ai_prompt *ret);
