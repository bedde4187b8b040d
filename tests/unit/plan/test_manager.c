#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/plan/manager.h"

static const json_t *object_of(struct kc_arena *a, const char *metadata)
{
    char *s = kc_arena_printf(a, "{'kind':'Deployment','metadata':{'name':'web',%s}}", metadata);
    struct kc_err err = {0};

    for (char *p = s; *p; p++)
        if (*p == '\'')
            *p = '"';
    const json_t *v = kc_json_parse_in(a, s, strlen(s), 1 << 20, "object", &err);
    if (!v)
        fail_msg("%s", err.message);
    return v;
}

static void knows_managers_by_their_marks(void **state)
{
    (void)state;
    static const struct {
        const char *name, *metadata, *manager;
    } cases[] = {
        {"nobody", "'labels':{'app':'web'}", NULL},
        {"Flux, Kustomization",
         "'labels':{'kustomize.toolkit.fluxcd.io/name':'apps','kustomize.toolkit.fluxcd.io/namespace':'flux-system'}",
         "Flux (Kustomization flux-system/apps)"},
        {"Flux, HelmRelease: Helm's marks are there too",
         "'labels':{'helm.toolkit.fluxcd.io/name':'web','helm.toolkit.fluxcd.io/namespace':'shop',"
         "'app.kubernetes.io/managed-by':'Helm'},'annotations':{'meta.helm.sh/release-name':'web'}",
         "Flux (HelmRelease shop/web)"},
        {"Flux, by managedFields", "'managedFields':[{'manager':'kubectl'},{'manager':'kustomize-controller'}]",
         "Flux"},
        {"Argo CD, annotation", "'annotations':{'argocd.argoproj.io/tracking-id':'shop-app:apps/Deployment:shop/web'}",
         "Argo CD (application shop-app)"},
        {"Argo CD, label", "'labels':{'argocd.argoproj.io/instance':'shop-app'}", "Argo CD (application shop-app)"},
        {"Argo CD, by managedFields",
         "'labels':{'app.kubernetes.io/instance':'shop-app'},'managedFields':[{'manager':'argocd-controller'}]",
         "Argo CD (application shop-app)"},
        {"an instance alone is no manager", "'labels':{'app.kubernetes.io/instance':'shop-app'}", NULL},
        {"Helm, annotation",
         "'annotations':{'meta.helm.sh/release-name':'web','meta.helm.sh/release-namespace':'shop'}",
         "Helm (release shop/web)"},
        {"Helm, label", "'labels':{'app.kubernetes.io/managed-by':'Helm'}", "Helm"},
        {"Helm, by managedFields", "'managedFields':[{'manager':'helm'}]", "Helm"},
        {"somebody else", "'labels':{'app.kubernetes.io/managed-by':'kapp'}", "kapp"},
        {"a label that says nothing", "'labels':{'app.kubernetes.io/managed-by':''}", NULL},
        {"kubectl is nobody", "'managedFields':[{'manager':'kubectl'},{'operation':'Apply'}]", NULL},
    };
    KC_ARENA_SCOPE(a);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_marks m = kc_marks_of_json(a, object_of(a, cases[i].metadata));
        const char *manager = kc_manager_of(a, &m);
        if (!KC_STREQ(kc_or(manager, "nobody"), kc_or(cases[i].manager, "nobody")))
            fail_msg("%s: %s, wanted %s", cases[i].name, kc_or(manager, "nobody"), kc_or(cases[i].manager, "nobody"));
    }
}

#define FLUX "'labels':{'kustomize.toolkit.fluxcd.io/name':'apps'}"
#define OWNED_BY_WEB                                                                                                   \
    "'ownerReferences':[{'kind':'Other','name':'x'},{'kind':'Deployment','name':'web','controller':true}]"

static void warns_of_what_may_undo_it(void **state)
{
    (void)state;
    static struct kc_change one[] = {{.path = "spec.replicas", .from = "3", .to = "5"}};
    static struct kc_change removed[] = {{.path = "metadata.labels.tier", .from = "front", .to = ""}};
    static struct kc_change many[] = {{.path = "a", .to = "1"},
                                      {.path = "b", .to = "2"},
                                      {.path = "c", .to = "3"},
                                      {.path = "d", .to = "now", .volatile_value = true}};
    static const struct {
        const char *name, *verb;
        struct kc_change *changes;
        size_t n_changes;
        const char *target, *owner; /* metadata; NULL: there is none, or it is not known */
        const char *warning;        /* NULL: none */
    } cases[] = {
        {"nobody", "scale", one, 1, "'labels':{}", NULL, NULL},
        {"Flux", "scale", one, 1, FLUX, NULL,
         "managed by Flux (Kustomization apps), which may undo this change; for good: write spec.replicas: 5 into that "
         "source"},
        {"something goes", "label", removed, 1, FLUX, NULL,
         "managed by Flux (Kustomization apps), which may undo this change; for good: write metadata.labels.tier: "
         "(removed) into that source"},
        {"too much to tell", "patch", many, 4, FLUX, NULL,
         "managed by Flux (Kustomization apps), which may undo this change; for good: change that source"},
        {"what is volatile is not told", "patch", many + 2, 2, FLUX, NULL,
         "managed by Flux (Kustomization apps), which may undo this change; for good: write c: 3 into that source"},
        {"delete", "delete", NULL, 0, FLUX, NULL,
         "managed by Flux (Kustomization apps), which may make it again; for good: remove it from that source"},
        {"a controller", "scale", one, 1, OWNED_BY_WEB, NULL,
         "controlled by Deployment web, which may undo this change"},
        {"a controller of nobody's", "delete", NULL, 0, OWNED_BY_WEB, "'labels':{}",
         "controlled by Deployment web, which may make it again"},
        {"a controller that is managed", "delete", NULL, 0, OWNED_BY_WEB, FLUX,
         "controlled by Deployment web, which may make it again; Deployment web above it is managed by Flux "
         "(Kustomization apps)"},
        {"labels that came with the template", "delete", NULL, 0,
         OWNED_BY_WEB ",'labels':{'app.kubernetes.io/managed-by':'Helm'}", NULL,
         "controlled by Deployment web, which may make it again"},
    };
    KC_ARENA_SCOPE(a);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_record_step step = {
            .action.verb = kc_verb_find(cases[i].verb), .changes = cases[i].changes, .n_changes = cases[i].n_changes};
        struct kc_marks chain[2] = {kc_marks_of_json(a, object_of(a, cases[i].target))};
        if (cases[i].owner)
            chain[1] = kc_marks_of_json(a, object_of(a, cases[i].owner));
        const char *warning = kc_manager_warning(a, &step, chain, cases[i].owner ? 2 : 1);
        if (!KC_STREQ(kc_or(warning, "none"), kc_or(cases[i].warning, "none")))
            fail_msg("%s:\n%s\nwanted\n%s", cases[i].name, kc_or(warning, "none"), kc_or(cases[i].warning, "none"));
    }
}

/* Each manager once, with how many of the objects are its. */
static void warns_of_many_at_once(void **state)
{
    (void)state;
    enum { N = 8 };
    KC_ARENA_SCOPE(a);
    static struct kc_change to_zero[] = {{.path = "spec.replicas", .from = "3", .to = "0"}};
    static struct kc_change to_one[] = {{.path = "spec.replicas", .from = "3", .to = "1"}};
    struct kc_marks flux = kc_marks_of_json(a, object_of(a, FLUX)),
                    owned = kc_marks_of_json(a, object_of(a, OWNED_BY_WEB)),
                    free = kc_marks_of_json(a, object_of(a, "'labels':{}")), below[2] = {owned, flux}, named[N];
    struct kc_record_step steps[N];
    const struct kc_record_step *pointers[N];
    struct kc_chain chains[N] = {{&flux, 1}, {&free, 1}, {&flux, 1}, {NULL, 0}};

    for (size_t i = 0; i < N; i++) {
        steps[i] = (struct kc_record_step){.action.verb = kc_verb_find("scale"), .changes = to_zero, .n_changes = 1};
        pointers[i] = &steps[i];
    }
    struct kc_strs w = kc_manager_warnings(a, pointers, chains, 4);
    assert_int_equal(w.n, 1);
    assert_string_equal(w.v[0],
                        "2 of 4 managed by Flux (Kustomization apps), which may undo this change; for good: write "
                        "spec.replicas: 0 into that source");
    steps[1].changes = to_one;
    assert_string_equal(kc_manager_warnings(a, pointers, chains, 4).v[0],
                        "2 of 4 managed by Flux (Kustomization apps), which may undo this change; for good: change "
                        "those sources");
    assert_int_equal(kc_manager_warnings(a, pointers, &chains[1], 1).n, 0);

    for (size_t i = 0; i < N; i++) {
        named[i] = owned;
        named[i].owner_name = kc_arena_printf(a, "web-%zu", i / 2);
        chains[i] = (struct kc_chain){&named[i], 1};
        steps[i].action.verb = kc_verb_find("delete");
    }
    w = kc_manager_warnings(a, pointers, chains, N);
    assert_int_equal(w.n, 1);
    assert_string_equal(w.v[0],
                        "all controlled by Deployment web-0, Deployment web-1, Deployment web-2, Deployment web-3, "
                        "which may make them again");
    chains[0] = (struct kc_chain){below, 2};
    w = kc_manager_warnings(a, pointers, chains, N);
    assert_int_equal(w.n, 2);
    assert_string_equal(w.v[1], "1 of 8 below Deployment web, which is managed by Flux (Kustomization apps)");
    for (size_t i = 0; i < N; i++)
        named[i].owner_name = kc_arena_printf(a, "web-%zu", i);
    w = kc_manager_warnings(a, pointers, chains, N);
    assert_non_null(strstr(w.v[0], " and 3 more, which may make them again"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_managers_by_their_marks),
        cmocka_unit_test(warns_of_what_may_undo_it),
        cmocka_unit_test(warns_of_many_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
