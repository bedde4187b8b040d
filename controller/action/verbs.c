#include "controller/action/verbs.h"

#include <string.h>

const struct kc_verb *const kc_verbs[] = {
    &kc_verb_scale,
    NULL,
};

/* "|create cm|create configmaps|" */
static bool also_called(const struct kc_verb *verb, const char *name)
{
    size_t len = strlen(name);
    for (const char *p = verb->aliases; p && *p; p += strcspn(p + 1, "|") + 1)
        if (p[1] && strncmp(p + 1, name, len) == 0 && p[1 + len] == '|')
            return true;
    return false;
}

const struct kc_verb *kc_verb_find(const char *name)
{
    for (size_t i = 0; kc_verbs[i]; i++)
        if (KC_STREQ(kc_verbs[i]->name, name) || also_called(kc_verbs[i], name))
            return kc_verbs[i];
    return NULL;
}
