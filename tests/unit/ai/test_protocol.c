/* Both protocols: what is asked, and what is made of answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/ai/protocol.h"
#include "controller/base/text.h"

static const struct {
    const char *type, *body, *text, *reason;
} answers[] = {
    {"OpenAI", "{\"choices\":[{\"finish_reason\":\"stop\",\"message\":{\"content\":\"{}\"}}]}", "{}", NULL},
    {"OpenAI", "{\"choices\":[{\"finish_reason\":\"length\",\"message\":{\"content\":\"{\"}}]}", NULL, "AnswerCut"},
    {"OpenAI", "{\"choices\":[]}", NULL, "BadAnswer"},
    {"OpenAI", "{\"error\":{\"message\":\"x\"}}", NULL, "BadAnswer"},
    {"Ollama", "{\"message\":{\"content\":\"{}\"},\"done_reason\":\"stop\"}", "{}", NULL},
    {"Ollama", "{\"message\":{\"content\":\"{\"},\"done_reason\":\"length\"}", NULL, "AnswerCut"},
    {"Ollama", "{\"message\":[]}", NULL, "BadAnswer"},
};

static void answers_are_read(void **state)
{
    KC_ARENA_SCOPE(a);

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct kc_err err = {0};
        const json_t *body = kc_json_parse_in(a, answers[i].body, strlen(answers[i].body), 1 << 16, "body", &err);
        const char *text = kc_ai_protocol_find(answers[i].type)->answer(a, body, &err);
        if (answers[i].text) {
            assert_string_equal(text, answers[i].text);
        } else {
            assert_null(text);
            assert_string_equal(err.reason, answers[i].reason);
        }
    }
}

static void the_schema_and_the_complaint_are_sent(void **state)
{
    static const char *const types[] = {"OpenAI", "Ollama"};
    static const char *const schema_at[] = {"response_format.json_schema.schema", "format"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        KC_JSON_SCOPE *schema = json_pack("{s:s}", "type", "object");
        struct kc_ai_question q = {
            .model = "m", .system = "s", .user = "u", .schema = schema, .max_tokens = 77, .temperature = 0.5};
        KC_JSON_SCOPE *first = kc_ai_protocol_find(types[i])->ask(&q);
        assert_non_null(first);
        assert_true(json_equal(kc_json_at(first, schema_at[i]), schema));
        assert_int_equal(json_array_size(json_object_get(first, "messages")), 2);
        q.refused = "bad";
        q.complaint = "again";
        KC_JSON_SCOPE *second = kc_ai_protocol_find(types[i])->ask(&q);
        const json_t *messages = json_object_get(second, "messages");
        assert_int_equal(json_array_size(messages), 4);
        assert_string_equal(kc_json_str(json_array_get(messages, 2), "content"), "bad");
        assert_string_equal(kc_json_str(json_array_get(messages, 3), "content"), "again");
    }
    assert_null(kc_ai_protocol_find("Builtin"));
}

static void models_are_listed(void **state)
{
    KC_ARENA_SCOPE(a);
    KC_JSON_SCOPE *openai = json_pack("{s:[{s:s},{s:i},{s:s}]}", "data", "id", "x", "id", 4, "id", "y");
    KC_JSON_SCOPE *ollama = json_pack("{s:[{s:s}]}", "models", "name", "z");

    (void)state;
    struct kc_strs got = kc_ai_protocol_find("OpenAI")->models(a, openai);
    assert_int_equal(got.n, 2);
    assert_string_equal(got.v[1], "y");
    got = kc_ai_protocol_find("Ollama")->models(a, ollama);
    assert_int_equal(got.n, 1);
    assert_string_equal(got.v[0], "z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_read),
        cmocka_unit_test(the_schema_and_the_complaint_are_sent),
        cmocka_unit_test(models_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
