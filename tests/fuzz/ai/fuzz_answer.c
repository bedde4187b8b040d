/* What a model server sends: whatever is made of it names only objects that the prompt offered, and survives being
 * typed as a command. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/ai/answer.h"
#include "controller/ai/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char objects[] =
    "{\"kind\":\"List\",\"items\":["
    "{\"apiVersion\":\"apps/"
    "v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\"},\"spec\":{\"replicas\":2}},"
    "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"node-1\"}},"
    "{\"apiVersion\":\"batch/"
    "v1\",\"kind\":\"CronJob\",\"metadata\":{\"name\":\"nightly\",\"namespace\":\"shop\"},\"spec\":{}},"
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"web-1\",\"namespace\":\"shop\"}}]}";

static struct kc_inventory inventory;
static const char *shop[] = {"shop"};
static struct kc_plan_input in = {.prompt = "web", .namespaces = {shop, 1}, .inventory = &inventory};
static struct kc_ai_prompt prompt;

static void set_up(void)
{
    static struct kc_arena *a;
    struct kc_err err = {0};
    if (a)
        return;
    a = kc_arena_create();
    json_t *list = kc_json_parse_in(a, objects, sizeof objects - 1, sizeof objects, "objects", &err);
    inventory.restmap = kc_restmap_offline(a, list);
    if (!list || !kc_inventory_add(a, &inventory, list, NULL, &err))
        abort();
    kc_ai_prompt_make(a, &in, &prompt);
}

static bool offered(const struct kc_action *act)
{
    for (size_t i = 0; i < prompt.n_targets; i++)
        if (KC_STREQ(prompt.targets[i]->ns, act->target.ns))
            return true;
    return false;
}

static void check(struct kc_arena *a, const char *text)
{
    const struct kc_kubectl_context c = {.restmap = inventory.restmap, .default_namespace = "shop"};
    struct kc_planned p;
    struct kc_err err = {0};

    if (!kc_ai_answer_read(a, text, &prompt, &in, &p, &err))
        return;
    for (size_t i = 0; p.outcome == KC_PLAN_MADE && i < p.n_steps; i++) {
        const struct kc_action *act = &p.steps[i].action;
        struct kc_actions again;
        if (!offered(act))
            abort();
        if (!kc_kubectl_parse(a, kc_kubectl_render(a, act, inventory.restmap), &c, &again, &err) || again.n != 1 ||
            !kc_action_equal(act, &again.v[0]))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"OpenAI", "Ollama"};
    struct kc_err err = {0};

    set_up();
    KC_ARENA_SCOPE(a);
    check(a, kc_arena_strndup(a, (const char *)data, size)); /* as the model's text */
    const json_t *body = kc_json_parse_in(a, (const char *)data, size, 1 << 20, "body", &err);
    for (size_t i = 0; body && i < 2; i++) { /* as the server's answer */
        const struct kc_ai_protocol *p = kc_ai_protocol_find(types[i]);
        const char *text = p->answer(a, body, &err);
        if (text)
            check(a, text);
        (void)p->models(a, body);
    }
    return 0;
}
