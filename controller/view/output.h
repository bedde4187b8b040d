/* output: what the reads of a request found, as the API object Output, as a table and as text. Pure. */
#pragma once

#include "controller/base/json.h"

#define KC_VIEW_GROUP    "view.kubechat.io"
#define KC_VIEW_VERSION  "v1alpha1"
#define KC_VIEW_KIND     "Output"
#define KC_VIEW_RESOURCE "outputs"

struct kc_output_step {
    const char *id, *command;
    const char *output; /* text; NULL: there is none, note says why */
    const char *note;   /* "" or why not: the API server's refusal, or that it has not run yet */
    bool truncated;
};
struct kc_output {
    const char *ns, *name, *uid; /* of the ChatRequest */
    int64_t made_at;             /* unix milliseconds */
    struct kc_output_step *steps;
    size_t n_steps;
};

json_t *kc_output_encode(const struct kc_output *o); /* new reference */
json_t *kc_output_table(const struct kc_output *o);  /* meta.k8s.io/v1 Table; new reference */
/* The output of a single step alone; of several with "$ command" above each. */
void kc_output_text(const struct kc_output *o, struct kc_buf *out);
