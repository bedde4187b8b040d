#include "controller/ai/protocol.h"

#include "controller/base/text.h"

static const struct kc_ai_protocol *const protocols[] = {&kc_ai_openai, &kc_ai_ollama};

const struct kc_ai_protocol *kc_ai_protocol_find(const char *type)
{
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (KC_STREQ(protocols[i]->type, type))
            return protocols[i];
    return NULL;
}

static void say(json_t *messages, const char *role, const char *content)
{
    json_array_append_new(messages, json_pack("{s:s, s:s}", "role", role, "content", content));
}

json_t *kc_ai_messages(const struct kc_ai_question *q)
{
    json_t *messages = json_array();

    say(messages, "system", q->system);
    say(messages, "user", q->user);
    if (q->complaint) {
        say(messages, "assistant", kc_or(q->refused, "{}"));
        say(messages, "user", q->complaint);
    }
    return messages;
}

struct kc_strs kc_ai_names(struct kc_arena *a, const json_t *list, const char *member)
{
    struct kc_strs names = {.v = kc_arena_array(a, json_array_size(list) + 1, sizeof *names.v)};

    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = kc_json_str(json_array_get(list, i), member);
        if (name)
            names.v[names.n++] = kc_arena_strdup(a, name);
    }
    return names;
}
