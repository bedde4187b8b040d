#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/exec/rights.h"

#define RULES(rules)                   "{\"incomplete\":false,\"resourceRules\":[" rules "]}"
#define RULE(verbs, groups, resources) "{\"verbs\":[" verbs "],\"apiGroups\":[" groups "],\"resources\":[" resources "]"

/* Whether they let list deployments.apps. */
static const struct {
    const char *name, *status;
    bool allowed, complete;
} cases[] = {
    {"the very rule", RULES(RULE("\"get\",\"list\"", "\"apps\"", "\"deployments\"") "}"), true, true},
    {"stars", RULES(RULE("\"*\"", "\"*\"", "\"*\"") "}"), true, true},
    {"an empty list of names is none", RULES(RULE("\"list\"", "\"apps\"", "\"deployments\"") ",\"resourceNames\":[]}"),
     true, true},
    {"the second rule", RULES(RULE("\"list\"", "\"\"", "\"pods\"") "}," RULE("\"list\"", "\"apps\"", "\"*\"") "}"),
     true, true},
    {"certain names", RULES(RULE("\"list\"", "\"apps\"", "\"deployments\"") ",\"resourceNames\":[\"web\"]}"), false,
     true},
    {"another verb", RULES(RULE("\"get\",\"watch\"", "\"apps\"", "\"deployments\"") "}"), false, true},
    {"another group", RULES(RULE("\"list\"", "\"extensions\",\"\"", "\"deployments\"") "}"), false, true},
    {"a subresource", RULES(RULE("\"list\"", "\"apps\"", "\"deployments/scale\",\"*/scale\"") "}"), false, true},
    {"parts of three rules",
     RULES(RULE("\"list\"", "\"apps\"", "\"x\"") "}," RULE("\"list\"", "\"x\"", "\"deployments\"") "}," RULE(
         "\"x\"", "\"apps\"", "\"deployments\"") "}"),
     false, true},
    {"no rule", RULES(""), false, true},
    {"incomplete", "{\"incomplete\":true,\"resourceRules\":[]}", false, false},
    {"nothing said of it", "{\"resourceRules\":[]}", false, false},
    {"no rules at all", "{\"incomplete\":false}", false, false},
    {"nonsense", "{\"incomplete\":false,\"resourceRules\":[5,null,{}]}", false, true},
};

static void rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_err err = {0};
        bool complete;
        KC_JSON_SCOPE *status = kc_json_parse(cases[i].status, strlen(cases[i].status), 65536, cases[i].name, &err);
        assert_non_null(status);
        bool allowed = kc_rights_rules_allow(status, kc_kind_find("apps", "deployments"), &complete);
        if (allowed != cases[i].allowed || complete != cases[i].complete)
            fail_msg("%s: allowed %d, complete %d", cases[i].name, allowed, complete);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rules)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
