/* OpenAI's chat completions with structured outputs (response_format json_schema), as llama.cpp, vLLM, LM Studio and
 * others serve them too. spec.endpoint is the API's base, which ends in /v1 by custom. */
#include "controller/ai/protocol.h"
#include "controller/base/text.h"

static json_t *ask(const struct kc_ai_question *q)
{
    return json_pack("{s:s, s:o, s:I, s:f, s:b, s:{s:s, s:{s:s, s:b, s:O}}}", "model", q->model, "messages",
                     kc_ai_messages(q), "max_tokens", (json_int_t)q->max_tokens, "temperature", q->temperature,
                     "stream", 0, "response_format", "type", "json_schema", "json_schema", "name", "plan", "strict", 1,
                     "schema", (json_t *)(uintptr_t)q->schema);
}

static const char *answer(struct kc_arena *a, const json_t *body, struct kc_err *err)
{
    const json_t *choice = json_array_get(json_object_get(body, "choices"), 0);
    const char *text = kc_json_str(choice, "message.content");

    if (KC_STREQ(kc_or(kc_json_str(choice, "finish_reason"), ""), "length")) {
        kc_fail(err, KC_INVALID, "AnswerCut", "the answer was cut at spec.maxTokens");
        return NULL;
    }
    if (!text)
        kc_fail(err, KC_INVALID, "BadAnswer", "the server's answer has no choices[0].message.content");
    return kc_arena_strdup(a, text);
}

static struct kc_strs models(struct kc_arena *a, const json_t *body)
{
    return kc_ai_names(a, json_object_get(body, "data"), "id");
}

const struct kc_ai_protocol kc_ai_openai = {
    .type = "OpenAI",
    .chat_path = "/chat/completions",
    .models_path = "/models",
    .ask = ask,
    .answer = answer,
    .models = models,
};
