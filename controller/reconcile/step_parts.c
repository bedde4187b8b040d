/* What is said of one step of several, and of the parts of steps that people see as one and that are several changes.
 */
#include <string.h>

#include "controller/reconcile/step.h"

#define NAMED_MAX 5

struct count {
    size_t n, done, waiting, failed;
    const char *participle;
};

/* "evict pod/shop/web-1" -> "pod/shop/web-1" */
static const char *object_of(const struct kc_record_step *s)
{
    const char *space = strrchr(s->part, ' ');

    return space ? space + 1 : s->part;
}

static bool waits(const struct kc_step_progress *s)
{
    return s->progress == KC_STEP_WAITING && s->put_offs > 0;
}

static bool failed(const struct kc_step_progress *s)
{
    return s->progress == KC_STEP_REFUSED || s->progress == KC_STEP_LOST || s->broken;
}

/* A drain's cordon is on the way to what the drain is for: what the last part does is counted. */
static struct count count_parts(const struct kc_plan_record *plan, const struct kc_step_progress *steps, size_t first,
                                size_t end)
{
    const struct kc_verb *verb = plan->steps[end - 1].action.verb;
    struct count c = {.participle = verb->participle};

    for (size_t i = first; i < end; i++) {
        c.failed += failed(&steps[i]);
        c.waiting += waits(&steps[i]);
        c.n += plan->steps[i].action.verb == verb;
        c.done += plan->steps[i].action.verb == verb && steps[i].progress == KC_STEP_DONE && !steps[i].broken;
    }
    return c;
}

/* The first few, each with what the API server said of it. */
static void name_some(struct kc_buf *out, const struct kc_plan_record *plan, const struct kc_step_progress *steps,
                      size_t first, size_t end, const struct count *c)
{
    size_t named = 0, all = c->waiting + c->failed;

    for (size_t i = first; i < end && named < NAMED_MAX; i++) {
        if (!waits(&steps[i]) && !failed(&steps[i]))
            continue;
        kc_buf_printf(out, "; %s %s: %s", object_of(&plan->steps[i]), failed(&steps[i]) ? "failed" : "waits",
                      kc_or(steps[i].message, ""));
        named++;
    }
    if (all > named)
        kc_buf_printf(out, "; %zu more", all - named);
}

const char *kc_step_message(struct kc_arena *a, const struct kc_plan_record *plan, size_t step, const char *message)
{
    const struct kc_record_step *s = &plan->steps[step];
    const char *part = kc_or(s->part, "");

    if (kc_plan_groups(plan) > 1)
        return kc_arena_printf(a, "step %zu (%s): %s", kc_plan_group_of(plan, step) + 1, *part ? part : s->command,
                               message);
    return *part ? kc_arena_printf(a, "%s: %s", part, message) : message;
}

const char *kc_step_parts(struct kc_arena *a, const struct kc_plan_record *plan, const struct kc_step_progress *steps,
                          size_t first)
{
    size_t end = kc_plan_group_end(plan, first);
    KC_BUF_SCOPE out = {0};

    if (!*kc_or(plan->steps[first].part, ""))
        return "";
    struct count c = count_parts(plan, steps, first, end);
    kc_buf_printf(&out, "%zu/%zu %s", c.done, c.n, kc_or(c.participle, "done"));
    name_some(&out, plan, steps, first, end, &c);
    return kc_arena_strdup(a, kc_buf_str(&out));
}
