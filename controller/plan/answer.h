/* answer: what a planner says: a step more, a question, a refusal. Private to plan.
 *
 * The first question or refusal stands: once one is given, steps are forgotten and later calls change nothing.
 */
#pragma once

#include "controller/plan/planner.h"

void kc_answer_step(struct kc_arena *a, struct kc_planned *p, const struct kc_action *act, const char *reason);
void kc_answer_ask(struct kc_arena *a, struct kc_planned *p, const char *fmt, ...) KC_PRINTF(3, 4);
void kc_answer_refuse(struct kc_arena *a, struct kc_planned *p, const char *fmt, ...) KC_PRINTF(3, 4);
/* One more thing that can be meant, each shown once. */
void kc_answer_candidate(struct kc_arena *a, struct kc_planned *p, const struct kc_object *o);

const char *kc_object_show(struct kc_arena *a, const struct kc_object *o); /* "deployment/shop/checkout" */
/* "a", "a and b", "a, b and c", at most max of them, then "and N more". */
const char *kc_words_join(struct kc_arena *a, const struct kc_strs *words, size_t max);
void kc_strs_append(struct kc_arena *a, struct kc_strs *list, const char *s);
