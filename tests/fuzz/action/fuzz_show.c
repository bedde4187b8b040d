/* Any JSON that a server may answer with, through everything that prints it: no crash, valid bounds, and no control
 * character gets to a terminal. */
#include <stdlib.h>
#include <string.h>

#include "controller/action/logs.h"
#include "controller/show/show.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct kc_buf *out)
{
    if (out->limit && out->len > out->limit)
        abort();
    for (size_t i = 0; i < out->len; i++)
        if ((unsigned char)out->data[i] < ' ' && out->data[i] != '\n' && out->data[i] != '\t')
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    const json_t *v = kc_json_parse_in(a, (const char *)data, size, 1 << 16, "input", &err);
    struct kc_table_style table = {
        .wide = true, .with_namespace = true, .show_labels = true, .sort_by = ".metadata.name"};
    struct kc_events_style events = {.with_namespace = true};
    struct kc_top_style top = {.containers = true, .sort_by = "memory"};

    if (!v)
        return 0;
    for (int what = 0; what < 12; what++) {
        KC_BUF_SCOPE out = {.limit = what % 2 ? 200 : 1 << 20};
        struct kc_log_choice choice = {.all_containers = what == 8};
        KC_JSON_SCOPE *listed = NULL;
        switch (what) {
        case 0:
            (void)!kc_show_table(a, &v, 1, &table, &out, &err);
            (void)kc_show_table_summary(a, &v, 1, "x", "xs");
            break;
        case 1:
            kc_show_events(a, &v, 1, &events, 0, &out);
            break;
        case 2:
            kc_show_description(a, v, v, v, 0, &out);
            break;
        case 3:
            kc_show_pod(a, v, 0, &out);
            break;
        case 4:
            kc_show_workload(a, v, v, &out);
            break;
        case 5:
            (void)!kc_show_rollout(a, v, 0, &out, &err);
            (void)!kc_show_history(a, v, v, "x", 0, &out, &err);
            (void)!kc_show_history(a, v, v, "x", 1, &out, &err);
            break;
        case 6:
            kc_show_top_pods(a, v, &top, &out);
            kc_show_top_nodes(a, v, v, &top, &out);
            break;
        case 7:
            listed = kc_show_listed(&v, 1, true, false, "v1", "X");
            kc_show_json(listed, &out);
            break;
        case 8:
            (void)kc_log_sources_of(a, v, &choice);
            break;
        case 9:
            (void)!kc_show_columns(a, v, "A:.a,B:{..b},C:.items[*].c", true, &out, &err);
            break;
        case 10:
            (void)!kc_show_explanation(a, v, &(struct kc_explained){"apps/v1", "deployments", "spec.a", true}, &out,
                                       &err);
            break;
        default:
            (void)!kc_show_explanation(a, v, &(struct kc_explained){"v1", "pods", "", false}, &out, &err);
        }
        check(&out);
        KC_BUF_SCOPE yaml = {0};
        if (what == 7)
            (void)!kc_show_yaml(listed, &yaml, &err);
    }
    return 0;
}
