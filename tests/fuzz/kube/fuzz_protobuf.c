/* The way of a LIST's or a watch's protobuf: framer, then ingest with the decoder of pods. Bit 0 of the first byte says
 * which of the two, the rest of it how it is cut into chunks; cutting must make no difference. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/kube/ingest.h"
#include "controller/kube/kind.h"
#include "controller/kube/protoframer.h"

#define LIMIT 4096

struct run {
    struct kc_ingest *ingest;
    struct kc_intern *strings;
    struct kc_scratch *scratch;
    struct kc_buf out;
    bool list;
};

static struct kc_record *decode(void *arg, const uint8_t *object, size_t len, struct kc_err *err)
{
    struct run *run = arg;

    return kc_kind_decode(kc_kind_find("", "pods"), run->strings, run->scratch, object, len, err);
}

static void on_event(void *arg, enum kc_event event, const struct kc_record *r, bool initial)
{
    struct run *run = arg;

    kc_buf_printf(&run->out, "%d %s %s %s %d\n", (int)event, r->key, r->resource_version, kc_item_of(r)->status,
                  initial);
}

static void on_bad(void *arg, const char *ns, const char *name, const struct kc_err *err)
{
    struct run *run = arg;

    kc_buf_printf(&run->out, "bad %s %s %s\n", ns, name, err->reason);
}

static void on_frame(void *arg, const struct kc_frame *f)
{
    struct run *run = arg;
    struct kc_err err = {0};

    if (run->list)
        kc_ingest_item(run->ingest, f);
    else if (!kc_ingest_event(run->ingest, f, &err))
        kc_buf_printf(&run->out, "error %d\n", (int)err.class);
}

static struct kc_buf read_all(bool list, const uint8_t *data, size_t size, size_t step)
{
    struct run run = {.strings = kc_intern_create(), .scratch = kc_scratch_create(), .list = list};
    struct kc_reflector_options o = {
        .path = "/api/v1/pods", .decode_protobuf = decode, .on_event = on_event, .on_bad = on_bad, .arg = &run};
    struct kc_store *store = kc_store_create();
    struct kc_protoframer f;
    struct kc_err err = {0};
    char *more = NULL;
    bool ok = true;

    run.ingest = kc_ingest_create(store, &o);
    kc_ingest_list_begin(run.ingest);
    kc_protoframer_init(&f, list ? KC_FRAME_LIST : KC_FRAME_WATCH, LIMIT, on_frame, &run);
    for (size_t i = 0; i < size && ok; i += step)
        ok = kc_protoframer_feed(&f, (const char *)data + i, size - i < step ? size - i : step, &err);
    if (f.frame.len > LIMIT)
        abort();
    ok = ok && kc_protoframer_end(&f, &err);
    const struct kc_frame envelope = {KC_PROTOBUF, kc_buf_str(&f.envelope), f.envelope.len, true};
    if (ok && list && kc_ingest_page_end(run.ingest, &envelope, &more, &err))
        kc_ingest_list_end(run.ingest);
    kc_buf_printf(&run.out, "%d %s %s %zu\n", ok, more ? more : "", kc_ingest_resource_version(run.ingest),
                  kc_store_count(store));
    free(more);
    kc_protoframer_finish(&f);
    kc_ingest_destroy(run.ingest);
    kc_store_destroy(store);
    if (kc_intern_count(run.strings) != 0)
        abort();
    kc_intern_unref(run.strings);
    kc_scratch_destroy(run.scratch);
    return run.out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    bool list = data[0] & 1;
    struct kc_buf whole = read_all(list, data + 1, size - 1, size);
    struct kc_buf cut = read_all(list, data + 1, size - 1, 1U + data[0] / 2);
    if (strcmp(whole.data, cut.data) != 0)
        abort();
    kc_buf_finish(&whole);
    kc_buf_finish(&cut);
    return 0;
}
