/* The built-in planner on any words: whatever it plans is in the inventory and survives being typed as a command. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/plan/planner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OBJECT(api, kind, ns, name, rest)                                                                              \
    "{\"apiVersion\":\"" api "\",\"kind\":\"" kind "\",\"metadata\":{\"name\":\"" name "\"" ns "}" rest "}"
#define IN(ns) ",\"namespace\":\"" ns "\""
#define CONTAINER(name, image)                                                                                         \
    "\"template\":{\"spec\":{\"containers\":[{\"name\":\"" name "\",\"image\":\"" image "\"}]}}"

static const char objects[] = "{\"kind\":\"List\",\"items\":["
    // clang-format off
    OBJECT("apps/v1", "Deployment", IN("shop"), "web", ",\"spec\":{\"replicas\":2," CONTAINER("nginx", "nginx:1.25") "}") ","
    OBJECT("apps/v1", "Deployment", IN("shop"), "cart", ",\"spec\":{" CONTAINER("cart", "r.example/cart:1") "}") ","
    OBJECT("apps/v1", "Deployment", IN("pay"), "cart", ",\"spec\":{\"replicas\":5}") ","
    OBJECT("apps/v1", "StatefulSet", IN("pay"), "payments-api", ",\"spec\":{}") ","
    OBJECT("apps/v1", "DaemonSet", IN("shop"), "logs", ",\"spec\":{}") ","
    OBJECT("v1", "Service", IN("shop"), "app", ",\"spec\":{}") ","
    OBJECT("v1", "Node", "", "node-1", ",\"spec\":{}") ","
    OBJECT("batch/v1", "CronJob", IN("shop"), "nightly", ",\"spec\":{}") ","
    OBJECT("v1", "Pod", IN("shop"), "web-1", ",\"status\":{\"phase\":\"Failed\",\"reason\":\"Evicted\"}")
    // clang-format on
    "]}";

static struct kc_inventory inventory;

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
}

static bool exists(struct kc_arena *a, const char *shown)
{
    for (size_t i = 0; i < inventory.n; i++) {
        struct kc_target t = kc_target_of(inventory.v[i].mapping, inventory.v[i].ns, inventory.v[i].name);
        if (KC_STREQ(kc_target_show(a, &t), shown))
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *namespaces[] = {"shop", "pay"};
    set_up();
    KC_ARENA_SCOPE(a);
    struct kc_plan_input in = {.prompt = kc_arena_strndup(a, (const char *)data, size),
                               .namespaces = {.v = namespaces, .n = 2},
                               .inventory = &inventory,
                               .now_ms = 1767225600000};
    struct kc_planned p;
    kc_plan_words(a, &in, &p);
    if ((p.outcome == KC_PLAN_MADE) != (p.n_steps > 0) || (p.outcome != KC_PLAN_MADE && !*kc_or(p.question, "")))
        abort();
    if (p.question && (!kc_utf8_valid(p.question, strlen(p.question), NULL)))
        abort();
    for (size_t i = 0; i < p.n_steps; i++) {
        const struct kc_action *act = &p.steps[i].action;
        struct kc_kubectl_context c = {.restmap = inventory.restmap, .default_namespace = ""};
        struct kc_actions again;
        struct kc_err err = {0};
        bool old = act->verb->deed == KC_DEED_UPDATE || act->verb->deed == KC_DEED_DELETE;
        if ((old && !exists(a, kc_target_show(a, &act->target))) ||
            (*act->target.ns && !KC_STREQ(act->target.ns, "shop") && !KC_STREQ(act->target.ns, "pay")) ||
            !kc_utf8_valid(p.steps[i].reason, strlen(p.steps[i].reason), NULL) ||
            !kc_kubectl_parse(a, kc_kubectl_render(a, act, inventory.restmap), &c, &again, &err) ||
            !kc_action_equal(&again.v[0], act))
            abort();
    }
    for (size_t i = 0; i < p.candidates.n; i++)
        if (!exists(a, p.candidates.v[i]))
            abort();
    return 0;
}
