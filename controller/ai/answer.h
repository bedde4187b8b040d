/* answer: what a model wrote -> a plan, treated as if a stranger had typed it. Pure.
 *
 * Verb and target have to be of the prompt's own enums; arguments become flags and operands and go through the same
 * checks as a typed command (kc_action_make), so that none can name another object, another identity or a file. The
 * model's own words (why) are shown as its words and decide nothing.
 */
#pragma once

#include "controller/ai/prompt.h"

/* INVALID says what was wrong in words that the model is sent back for its second round. A question of the model's is
 * KC_PLAN_QUESTION. */
KC_CHECK bool kc_ai_answer_read(struct kc_arena *a, const char *text, const struct kc_ai_prompt *p,
                                const struct kc_plan_input *in, struct kc_planned *ret, struct kc_err *err);

/* Whether two plans differ in what they touch or in what they do to it (verb, target, effect): NULL when they agree,
 * else how `other` reads the request, as commands. */
const char *kc_ai_difference(struct kc_arena *a, const struct kc_planned *plan, const struct kc_planned *other,
                             const struct kc_restmap *restmap);
