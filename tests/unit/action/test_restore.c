#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/action/record.h"
#include "controller/action/restore.h"

/* JSON with ' for ". */
static const json_t *json(struct kc_arena *a, const char *text)
{
    char *copy = kc_arena_strdup(a, text);
    struct kc_err err = {0};
    for (char *p = copy; *p; p++)
        if (*p == '\'')
            *p = '"';
    const json_t *v = kc_json_parse_in(a, copy, strlen(copy), 1 << 20, "test", &err);
    if (!v)
        fail_msg("%s: %s", err.message, text);
    return v;
}

static const char *text(struct kc_arena *a, const json_t *v)
{
    struct kc_err err = {0};
    size_t len;
    const char *s = kc_json_canonical_in(a, v, &len, &err);
    return s ? s : err.message;
}

static struct kc_strs paths_of(struct kc_arena *a, const json_t *before, const json_t *after)
{
    struct kc_change *changes;
    size_t n = kc_changes_between(a, before, after, &changes);
    struct kc_strs paths = {.v = kc_arena_array(a, n + 1, sizeof *paths.v), .n = n};
    for (size_t i = 0; i < n; i++)
        paths.v[i] = changes[i].path;
    return paths;
}

/* A change from before to after, then to now by others; taken back it is want. */
static void test_restore(void **state)
{
    (void)state;
    static const struct {
        const char *name, *before, *after, *now, *want;
    } cases[] = {
        {"a scalar", "{'spec':{'replicas':3}}", "{'spec':{'replicas':5}}", "{'spec':{'replicas':5,'paused':true}}",
         "{'spec':{'replicas':3,'paused':true}}"},
        {"added and removed members", "{'metadata':{'labels':{'old':'1'}}}", "{'metadata':{'labels':{'new':'2'}}}",
         "{'metadata':{'labels':{'new':'2','theirs':'3'}}}", "{'metadata':{'labels':{'old':'1','theirs':'3'}}}"},
        {"a parent that was made goes with its last member", "{'metadata':{'name':'x'}}",
         "{'metadata':{'name':'x','annotations':{'a':'1'}}}", "{'metadata':{'name':'x','annotations':{'a':'1'}}}",
         "{'metadata':{'name':'x'}}"},
        {"but not with somebody else's", "{'metadata':{'name':'x'}}",
         "{'metadata':{'name':'x','annotations':{'a':'1'}}}",
         "{'metadata':{'name':'x','annotations':{'a':'1','b':'2'}}}",
         "{'metadata':{'name':'x','annotations':{'b':'2'}}}"},
        {"a parent that was taken away", "{'a':{'b':{'c':1,'d':[1,2]}}}", "{}", "{'x':2}",
         "{'a':{'b':{'c':1,'d':[1,2]}},'x':2}"},
        {"one item of a keyed list", "{'containers':[{'name':'a','image':'1'},{'name':'b','image':'1'}]}",
         "{'containers':[{'name':'a','image':'2'},{'name':'b','image':'1'}]}",
         "{'containers':[{'name':'new','image':'9'},{'name':'b','image':'8'},{'name':'a','image':'2','tty':true}]}",
         "{'containers':[{'name':'new','image':'9'},{'name':'b','image':'8'},{'name':'a','image':'1','tty':true}]}"},
        {"an item that was removed comes back to its place",
         "{'containers':[{'name':'a'},{'name':'b','image':'1'},{'name':'c'}]}",
         "{'containers':[{'name':'a'},{'name':'c'}]}", "{'containers':[{'name':'a'},{'name':'c'},{'name':'d'}]}",
         "{'containers':[{'name':'a'},{'name':'b','image':'1'},{'name':'c'},{'name':'d'}]}"},
        {"the first one too", "{'env':[{'name':'a','value':'1'},{'name':'b','value':'2'}]}",
         "{'env':[{'name':'b','value':'2'}]}", "{'env':[{'name':'b','value':'2'}]}",
         "{'env':[{'name':'a','value':'1'},{'name':'b','value':'2'}]}"},
        {"an item that was added goes", "{'env':[{'name':'a','value':'1'}]}",
         "{'env':[{'name':'a','value':'1'},{'name':'b','value':'2'}]}",
         "{'env':[{'name':'a','value':'1'},{'name':'b','value':'2'},{'name':'c','value':'3'}]}",
         "{'env':[{'name':'a','value':'1'},{'name':'c','value':'3'}]}"},
        {"the order of a keyed list", "{'containers':[{'name':'a'},{'name':'b'}]}",
         "{'containers':[{'name':'b'},{'name':'a'}]}", "{'containers':[{'name':'b'},{'name':'a'}]}",
         "{'containers':[{'name':'a'},{'name':'b'}]}"},
        {"a list without keys, whole", "{'args':['one','two']}", "{'args':['one','three','four']}",
         "{'args':['one','three','four']}", "{'args':['one','two']}"},
        {"a value of another kind", "{'a':'text'}", "{'a':{'b':1}}", "{'a':{'b':1}}", "{'a':'text'}"},
        {"an empty object is not none", "{'a':{}}", "{'a':{'b':'1'}}", "{'a':{'b':'1'}}", "{'a':{}}"},
        {"null in a list", "{'args':[null,1]}", "{'args':[2]}", "{'args':[2]}", "{'args':[null,1]}"},
        {"what is nobody's of ours", "{'a':1,'b':1}", "{'a':2,'b':1}", "{'a':1,'b':7}", "{'a':1,'b':7}"},
        {"keys with dots", "{'metadata':{'annotations':{'a.io/x':'1'}}}", "{'metadata':{'annotations':{'a.io/x':'2'}}}",
         "{'metadata':{'annotations':{'a.io/x':'2','a.io/y':'1'}}}",
         "{'metadata':{'annotations':{'a.io/x':'1','a.io/y':'1'}}}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        const json_t *before = json(a, cases[i].before), *now = json(a, cases[i].now);
        const struct kc_strs paths = paths_of(a, before, json(a, cases[i].after));
        const char *is = text(a, kc_object_restore(a, before, now, &paths));
        if (!KC_STREQ(is, text(a, json(a, cases[i].want))))
            fail_msg("%s: %s", cases[i].name, is);
        if (!KC_STREQ(text(a, now), text(a, json(a, cases[i].now))))
            fail_msg("%s: what was given is now %s", cases[i].name, text(a, now));
    }
}

static void test_patch(void **state)
{
    (void)state;
    static const struct {
        const char *name, *now, *want, *type, *patch;
    } cases[] = {
        {"nothing", "{'a':[1]}", "{'a':[1]}", NULL, NULL},
        {"members", "{'a':{'b':1,'c':2},'d':3}", "{'a':{'b':2},'d':3,'e':{'f':1}}", "merge",
         "{'a':{'b':2,'c':null},'e':{'f':1}}"},
        {"a list that comes or goes whole", "{'a':[1]}", "{'b':[1]}", "merge", "{'a':null,'b':[1]}"},
        {"within a list", "{'a':[{'x':1,'y':1},{'x':2}]}", "{'a':[{'x':1},{'x':3}]}", "json",
         "[{'op':'remove','path':'/a/0/y'},{'op':'replace','path':'/a/1/x','value':3}]"},
        {"a list of another length", "{'a':[1,2],'k/~':1}", "{'a':[1],'k/~':2}", "json",
         "[{'op':'replace','path':'/a','value':[1]},{'op':'replace','path':'/k~1~0','value':2}]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        const char *type = NULL, *patch = kc_object_patch(a, json(a, cases[i].now), json(a, cases[i].want), &type);
        if ((patch == NULL) != (cases[i].patch == NULL))
            fail_msg("%s: %s", cases[i].name, patch ? patch : "no patch");
        if (patch && (!KC_STREQ(type, cases[i].type) || !KC_STREQ(patch, text(a, json(a, cases[i].patch)))))
            fail_msg("%s: %s %s", cases[i].name, type, patch);
    }
}

static void test_manifest(void **state)
{
    (void)state;
#define OWNED                                                                                                          \
    "'uid':'u','resourceVersion':'5','generation':2,'creationTimestamp':'2026-01-01T00:00:00Z','managedFields':[{}],"  \
    "'selfLink':'/x','ownerReferences':[{}],'deletionTimestamp':'2026-01-01T00:00:00Z','deletionGracePeriodSeconds':0"
    static const struct {
        const char *object, *manifest;
    } cases[] = {
        {"{'kind':'ConfigMap','metadata':{'name':'c','finalizers':['f']," OWNED "},'data':{'a':'b'},'status':{}}",
         "{'kind':'ConfigMap','metadata':{'name':'c','finalizers':['f']},'data':{'a':'b'}}"},
        {"{'kind':'Service','spec':{'clusterIP':'10.0.0.1','clusterIPs':['10.0.0.1'],'ports':[]}}",
         "{'kind':'Service','spec':{'ports':[]}}"},
        {"{'kind':'Service','spec':{'clusterIP':'None','clusterIPs':['None']}}",
         "{'kind':'Service','spec':{'clusterIP':'None','clusterIPs':['None']}}"},
        {"{'kind':'Pod','spec':{'nodeName':'n','restartPolicy':'Never'}}",
         "{'kind':'Pod','spec':{'restartPolicy':'Never'}}"},
        {"{'kind':'Job','metadata':{'labels':{'controller-uid':'u','mine':'1'}},'spec':{'selector':{},'template':{'"
         "metadata':"
         "{'labels':{'batch.kubernetes.io/controller-uid':'u','job-name':'j'}}}}}",
         "{'kind':'Job','metadata':{'labels':{'mine':'1'}},'spec':{'template':{'metadata':{'labels':{'job-name':'j'}}}}"
         "}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        assert_string_equal(text(a, kc_object_manifest(a, json(a, cases[i].object))),
                            text(a, json(a, cases[i].manifest)));
    }
}

static void test_field_writer(void **state)
{
    (void)state;
    static const char object[] =
        "{'metadata':{'managedFields':["
        "{'manager':'kubechat','operation':'Update','time':'2026-01-01T00:00:01Z','fieldsV1':{'f:spec':{'f:replicas':{}"
        ","
        "'f:template':{'f:spec':{'f:containers':{'k:{\\\"name\\\":\\\"web\\\"}':{'.':{},'f:image':{},'f:args':{}}}}}}}}"
        ","
        "{'manager':'hpa','operation':'Update','subresource':'scale','time':'2026-01-01T00:00:03Z',"
        "'fieldsV1':{'f:spec':{'f:replicas':{}}}},"
        "{'manager':'edit','operation':'Update','time':'2026-01-01T00:00:02Z','fieldsV1':{'f:metadata':{'f:labels':{'f:"
        "a.io/x':{}}},"
        "'f:spec':{'f:ports':{'k:{\\\"port\\\":80,\\\"protocol\\\":\\\"TCP\\\"}':{'f:name':{}}}}}},"
        "{'manager':'kubelet','operation':'Update','subresource':'status','time':'2026-01-01T00:00:09Z',"
        "'fieldsV1':{'f:spec':{'f:replicas':{}}}}]}}";
    static const struct {
        const char *path, *manager, *time;
    } cases[] = {
        {"spec.replicas", "hpa", "2026-01-01T00:00:03Z"},
        {"spec.template.spec.containers[name=web].image", "kubechat", "2026-01-01T00:00:01Z"},
        {"spec.template.spec.containers[name=web].args[0]", "kubechat", "2026-01-01T00:00:01Z"}, /* one owner for all */
        {"spec.template.spec.containers[name=other].image", "", ""},
        {"metadata.labels[a.io/x]", "edit", "2026-01-01T00:00:02Z"},
        {"spec.ports[port=80,protocol=TCP].name", "edit", "2026-01-01T00:00:02Z"},
        {"spec.paused", "", ""},
        {"nothing.at[all", "", ""},
    };
    KC_ARENA_SCOPE(a);
    const json_t *o = json(a, object);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *manager, *time;
        kc_field_writer(a, o, cases[i].path, &manager, &time);
        if (!KC_STREQ(manager, cases[i].manager) || !KC_STREQ(time, cases[i].time))
            fail_msg("%s: %s at %s", cases[i].path, manager, time);
    }
    const char *manager, *time;
    kc_field_writer(a, json(a, "{}"), "spec", &manager, &time);
    assert_string_equal(manager, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_restore),
        cmocka_unit_test(test_patch),
        cmocka_unit_test(test_manifest),
        cmocka_unit_test(test_field_writer),
    };
    return cmocka_run_group_tests_name("restore", tests, NULL, NULL);
}
