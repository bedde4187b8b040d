#include "controller/plan/planner.h"

#include <string.h>

#include "controller/plan/answer.h"

void kc_plan_words(struct kc_arena *a, const struct kc_plan_input *in, struct kc_planned *ret)
{
    *ret = (struct kc_planned){0};
    if (kc_str_starts(in->prompt, "kubectl ")) {
        const char *command = in->prompt;
        kc_plan_commands(a, &(struct kc_strs){.v = &command, .n = 1}, in, ret);
        return;
    }
    kc_answer_refuse(a, ret, "only a kubectl command can be planned");
}
