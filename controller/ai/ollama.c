/* Ollama's own API: /api/chat with a JSON schema as `format`. */
#include "controller/ai/protocol.h"
#include "controller/base/text.h"

static json_t *ask(const struct kc_ai_question *q)
{
    return json_pack("{s:s, s:o, s:b, s:O, s:{s:f, s:I}}", "model", q->model, "messages", kc_ai_messages(q), "stream",
                     0, "format", (json_t *)(uintptr_t)q->schema, "options", "temperature", q->temperature,
                     "num_predict", (json_int_t)q->max_tokens);
}

static const char *answer(struct kc_arena *a, const json_t *body, struct kc_err *err)
{
    const char *text = kc_json_str(body, "message.content");

    if (KC_STREQ(kc_or(kc_json_str(body, "done_reason"), ""), "length")) {
        kc_fail(err, KC_INVALID, "AnswerCut", "the answer was cut at spec.maxTokens");
        return NULL;
    }
    if (!text)
        kc_fail(err, KC_INVALID, "BadAnswer", "the server's answer has no message.content");
    return kc_arena_strdup(a, text);
}

static struct kc_strs models(struct kc_arena *a, const json_t *body)
{
    return kc_ai_names(a, json_object_get(body, "models"), "name");
}

const struct kc_ai_protocol kc_ai_ollama = {
    .type = "Ollama",
    .chat_path = "/api/chat",
    .models_path = "/api/tags",
    .ask = ask,
    .answer = answer,
    .models = models,
};
