/* logs: whose logs are read, and how they are put together. Private to action. */
#pragma once

#include "controller/action/action.h"

struct kc_log_choice {
    const char *container; /* NULL: the pod's default one */
    bool all_containers;
    bool all_pods; /* of the list; otherwise the one that is most likely to have something to tell */
};
struct kc_log_source {
    const char *pod, *container;
    const char *out_of; /* the pod's containers, when nobody asked for this one by name, among several; NULL */
};
struct kc_log_sources {
    struct kc_log_source *v;
    size_t n;
    size_t pods;           /* that were found */
    size_t left_out;       /* containers beyond the number that is read at once */
    const char *first_pod; /* the one that was chosen; NULL: there is none */
    const char *known;     /* its containers, for messages */
};

/* answer: a Pod or a PodList. Always the same for the same answer. */
struct kc_log_sources kc_log_sources_of(struct kc_arena *a, const json_t *answer, const struct kc_log_choice *choice);

/* One answer a source. What is longer than the buffer's limit loses its oldest lines, each source its share. */
void kc_show_logs(const struct kc_log_sources *sources, const struct kc_answer *logs, size_t n, bool prefix,
                  struct kc_buf *out);
