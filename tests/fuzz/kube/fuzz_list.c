/* The way of a LIST's bytes: split into items, decoded one by one, then the envelope. The first byte says how the rest
 * is cut into chunks; cutting must make no difference. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/kube/framer.h"
#include "controller/kube/ingest.h"

#define LIMIT 4096

struct run {
    struct kc_ingest *ingest;
    struct kc_buf out;
};

static void on_event(void *arg, enum kc_event event, const struct kc_record *r, bool initial)
{
    struct run *run = arg;

    if (!initial)
        abort();
    kc_buf_printf(&run->out, "%d %s %s\n", (int)event, r->key, r->resource_version);
}

static void on_bad(void *arg, const char *ns, const char *name, const struct kc_err *err)
{
    struct run *run = arg;

    kc_buf_printf(&run->out, "bad %s %s %s\n", ns, name, err->reason);
}

static void on_item(void *arg, const struct kc_frame *f)
{
    struct run *run = arg;

    kc_ingest_item(run->ingest, f);
}

static struct kc_buf read_all(const uint8_t *data, size_t size, size_t step)
{
    struct run run = {0};
    struct kc_reflector_options o = {.path = "/api/v1/pods", .on_event = on_event, .on_bad = on_bad, .arg = &run};
    struct kc_store *store = kc_store_create();
    struct kc_framer f;
    struct kc_err err = {0};
    char *more = NULL;
    bool ok = true;

    run.ingest = kc_ingest_create(store, &o);
    kc_ingest_list_begin(run.ingest);
    kc_framer_init(&f, KC_FRAME_LIST, LIMIT, on_item, &run);
    for (size_t i = 0; i < size && ok; i += step)
        ok = kc_framer_feed(&f, (const char *)data + i, size - i < step ? size - i : step, &err);
    ok = ok && kc_framer_end(&f, &err) &&
         kc_ingest_page_end(run.ingest, &(struct kc_frame){KC_JSON, kc_buf_str(&f.envelope), f.envelope.len, true},
                            &more, &err);
    if (ok && !more)
        kc_ingest_list_end(run.ingest);
    kc_buf_printf(&run.out, "%d %s %s %zu\n", ok, more ? more : "", kc_ingest_resource_version(run.ingest),
                  kc_store_count(store));
    free(more);
    kc_framer_finish(&f);
    kc_ingest_destroy(run.ingest);
    kc_store_destroy(store);
    return run.out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct kc_buf whole = read_all(data + 1, size - 1, size);
    struct kc_buf cut = read_all(data + 1, size - 1, 1U + data[0]);
    if (strcmp(whole.data, cut.data) != 0)
        abort();
    kc_buf_finish(&whole);
    kc_buf_finish(&cut);
    return 0;
}
