/* protocol: how one kind of model server is spoken to: a row of functions from values to values. Pure, no I/O.
 *
 * A question is turned into one POST whose answer must follow a JSON schema; every protocol here has a way to constrain
 * the model to it while it writes, so that free text needs no guessing. Adding a provider is adding its file and its
 * row in protocols.c.
 */
#pragma once

#include "controller/base/json.h"

struct kc_ai_question {
    const char *model;
    const char *system, *user;
    const char *refused,
        *complaint;       /* second round: what the model said before and what was wrong with it; NULL: first */
    const json_t *schema; /* of the answer; borrowed */
    int64_t max_tokens;
    double temperature;
};

struct kc_ai_protocol {
    const char *type; /* spec.type */
    const char *chat_path, *models_path;
    json_t *(*ask)(const struct kc_ai_question *q); /* the POST's body: new reference */
    /* What the model wrote; NULL with INVALID when the answer is none, or was cut at max_tokens. */
    const char *(*answer)(struct kc_arena *a, const json_t *body, struct kc_err *err);
    /* Names of the models that a GET of models_path tells. */
    struct kc_strs (*models)(struct kc_arena *a, const json_t *body);
};

const struct kc_ai_protocol *kc_ai_protocol_find(const char *type); /* NULL: none, and for "Builtin" */

/* Shared by the rows: [{"role":"system",...},...] of a question: new reference. */
json_t *kc_ai_messages(const struct kc_ai_question *q);
/* The strings at member of every object in list. */
struct kc_strs kc_ai_names(struct kc_arena *a, const json_t *list, const char *member);

extern const struct kc_ai_protocol kc_ai_openai; /* openai.c */
extern const struct kc_ai_protocol kc_ai_ollama; /* ollama.c */
