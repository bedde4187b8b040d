#include "controller/action/verbs.h"

#include <string.h>

const struct kc_verb *const kc_verbs[] = {
    &kc_verb_scale,
    NULL,
};

const struct kc_verb *kc_verb_find(const char *name)
{
    for (size_t i = 0; kc_verbs[i]; i++)
        if (KC_STREQ(kc_verbs[i]->name, name))
            return kc_verbs[i];
    return NULL;
}
