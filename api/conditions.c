#include "api/conditions.h"

#include <string.h>

#include "api/tables.h"

const char *const kc_truth_names[] = {
    [KC_UNKNOWN] = "Unknown",
    [KC_TRUE] = "True",
    [KC_FALSE] = "False",
    NULL,
};

const char *const kc_condition_names[] = {
    [KC_PLANNED] = "Planned",    [KC_PREVIEWED] = "Previewed",     [KC_APPROVED] = "Approved",
    [KC_EXECUTED] = "Executed",  [KC_VERIFIED] = "Verified",       [KC_COMPLETE] = "Complete",
    [KC_FAILED] = "Failed",      [KC_RECONCILING] = "Reconciling", [KC_STALLED] = "Stalled",
    [KC_CONDITION_TYPES] = NULL,
};

#define ITEM(member) .offset = offsetof(struct kc_condition_item, member)
static const struct kc_field condition_fields[] = {
    {.name = "type",
     .kind = KC_FIELD_STRING,
     ITEM(type),
     .required = true,
     .min = 1,
     .max = 316,
     .format = &kc_format_condition_reason,
     .description = "What the condition is about, in one word."},
    {.name = "status",
     .kind = KC_FIELD_ENUM,
     ITEM(condition.status),
     .required = true,
     .names = kc_truth_names,
     .description = "True, False, or Unknown while it is not decided yet."},
    {.name = "observedGeneration",
     .kind = KC_FIELD_INT,
     ITEM(condition.observed_generation),
     .max = KC_JSON_INT_MAX,
     .description = "The metadata.generation that the condition was judged by."},
    {.name = "lastTransitionTime",
     .kind = KC_FIELD_TIME,
     ITEM(condition.last_transition_time),
     .required = true,
     .description = "When status last changed from one value to another."},
    {.name = "reason",
     .kind = KC_FIELD_STRING,
     ITEM(condition.reason),
     .required = true,
     .min = 1,
     .max = 1024,
     .format = &kc_format_condition_reason,
     .description = "The cause of the status in one word, for programs."},
    {.name = "message",
     .kind = KC_FIELD_STRING,
     ITEM(condition.message),
     .required = true,
     .trim = true,
     .max = 32768,
     .description = "The same for people, with the way out where there is one."},
};
const struct kc_table kc_condition_table = {
    .fields = condition_fields,
    .n = KC_COUNT(condition_fields),
    .size = sizeof(struct kc_condition_item),
    .description = "One fact about the object, in the standard shape of Kubernetes conditions.",
};

const char *kc_condition_name(enum kc_condition_type t)
{
    return t < KC_CONDITION_TYPES ? kc_condition_names[t] : "";
}

void kc_condition_set(struct kc_conditions *c, enum kc_condition_type t, enum kc_truth status, const char *reason,
                      const char *message, int64_t generation, int64_t now)
{
    struct kc_condition *it = &c->v[t];
    bool first = !kc_or(it->reason, NULL);
    if (first || it->status != status)
        it->last_transition_time = now;
    it->status = status;
    it->reason = reason;
    it->message = message ? message : "";
    it->observed_generation = generation;
    c->present = true;
}

bool kc_condition_follows(struct kc_condition *c, const struct kc_condition *before)
{
    if (!before || before->status != c->status)
        return false;
    c->last_transition_time = before->last_transition_time;
    return KC_STREQ(before->reason, c->reason) && KC_STREQ(before->message, c->message) &&
           before->observed_generation == c->observed_generation;
}

void kc_conditions_init(struct kc_conditions *c, int64_t generation, int64_t now)
{
    *c = (struct kc_conditions){0};
    kc_phase_enter(c, KC_PENDING, NULL, NULL, generation, now);
}
