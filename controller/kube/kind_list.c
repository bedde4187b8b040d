#include "controller/kube/kind_list.h"

#include <stdlib.h>
#include <string.h>

#include "controller/kube/framer.h"
#include "controller/kube/ingest.h"
#include "controller/kube/protoframer.h"
#include "controller/kube/reading.h"
#include "controller/kube/wire.h"

#define PAGE_QUERY "limit=500"
#define METADATA   ";g=meta.k8s.io;v=v1;as=PartialObjectMetadataList"
#define PROTOBUF   "application/vnd.kubernetes.protobuf"
#define JSON       "application/json"

struct listing {
    const struct kc_kind *kind;
    struct kc_intern *strings;
    struct kc_scratch *scratch;
    struct kc_arena *a;
    struct kc_records *ret;
};

static struct kc_record *decode_protobuf(void *arg, const uint8_t *object, size_t len, struct kc_err *err)
{
    struct listing *l = arg;

    return kc_kind_decode(l->kind, l->strings, l->scratch, object, len, err);
}

static struct kc_record *decode_json(void *arg, const json_t *object, struct kc_err *err)
{
    struct listing *l = arg;

    return kc_kind_decode_json(l->kind, l->strings, l->scratch, object, err);
}

static void unref(void *arg)
{
    struct kc_records *r = arg;

    for (size_t i = 0; i < r->n; i++)
        kc_record_unref(r->v[i]);
}

/* Appends, which gives the arena what was there before it grew. */
static void keep(struct listing *l, const struct kc_record *r)
{
    struct kc_records *to = l->ret;

    if (to->n == to->cap) {
        size_t cap = to->cap ? 2 * to->cap : 256;
        const struct kc_record **v = kc_arena_array(l->a, cap, sizeof(*v));
        if (to->n)
            memcpy(v, to->v, to->n * sizeof(*v));
        to->v = v;
        to->cap = cap;
    }
    to->v[to->n++] = r;
}

static void on_item(void *arg, const struct kc_frame *f)
{
    struct listing *l = arg;
    const struct kc_reflector_options o = {.decode = decode_json, .decode_protobuf = decode_protobuf, .arg = l};
    struct kc_reading r = {0};

    (f->encoding == KC_PROTOBUF ? &kc_protobuf_reader : &kc_json_reader)->item(&o, f, &r);
    if (r.record)
        keep(l, r.record);
}

/* One page's body: its items into the listing, its end into *ret. */
static bool read_body(struct listing *l, const struct kc_api_response *res, struct kc_page *ret, struct kc_err *err)
{
    struct kc_bytes body = {(const uint8_t *)res->body, res->body_len};
    bool ok;

    if (kc_wire_open(body).p) {
        struct kc_protoframer f;
        kc_protoframer_init(&f, KC_FRAME_LIST, KC_OBJECT_MAX, on_item, l);
        struct kc_buf *e = &f.envelope;
        ok = kc_protoframer_feed(&f, res->body, res->body_len, err) && kc_protoframer_end(&f, err) &&
             kc_protobuf_reader.page(&(struct kc_frame){KC_PROTOBUF, kc_buf_str(e), e->len, true}, ret, err);
        kc_protoframer_finish(&f);
    } else {
        struct kc_framer f;
        kc_framer_init(&f, KC_FRAME_LIST, KC_OBJECT_MAX, on_item, l);
        struct kc_buf *e = &f.envelope;
        ok = kc_framer_feed(&f, res->body, res->body_len, err) && kc_framer_end(&f, err) &&
             kc_json_reader.page(&(struct kc_frame){KC_JSON, kc_buf_str(e), e->len, true}, ret, err);
        kc_framer_finish(&f);
    }
    return ok;
}

/* Appends s percent-encoded. */
static const char *encoded(struct kc_arena *a, const char *s)
{
    struct kc_buf b = {0};

    for (; *s; s++)
        if (strchr("-._~", *s) || (*s >= '0' && *s <= '9') || ((*s | 0x20) >= 'a' && (*s | 0x20) <= 'z'))
            kc_buf_putc(&b, *s);
        else
            kc_buf_printf(&b, "%%%02X", (unsigned)(unsigned char)*s);
    const char *copy = kc_arena_strdup(a, kc_buf_str(&b));
    kc_buf_finish(&b);
    return copy;
}

static bool list_pages(struct listing *l, struct kc_kube *kube, const char *path, const char *query,
                       const struct kc_call *call, struct kc_err *err)
{
    for (;;) {
        KC_ARENA_SCOPE(page_arena); /* a page's body is large, and of no use once it is decoded */
        const struct kc_api_request req = {.method = "GET",
                                           .path = path,
                                           .query = query,
                                           .accept = l->kind->metadata_only ? PROTOBUF METADATA ", " JSON METADATA
                                                                            : PROTOBUF ", " JSON};
        struct kc_api_response res;
        struct kc_page page = {0};

        if (!kc_kube_do(kube, &req, call, page_arena, &res, err) || !read_body(l, &res, &page, err))
            return false;
        query = page.more ? kc_arena_printf(l->a, PAGE_QUERY "&continue=%s", encoded(l->a, page.more)) : NULL;
        free(page.resource_version);
        free(page.more);
        if (!query)
            return true;
    }
}

bool kc_kind_list(struct kc_kube *kube, const struct kc_kind *k, const char *ns, const char *query,
                  const struct kc_call *call, struct kc_arena *a, struct kc_records *ret, struct kc_err *err)
{
    const struct kc_mapping m = {.group = k->group,
                                 .version = k->version,
                                 .kind = k->kind,
                                 .resource = k->resource,
                                 .namespaced = k->namespaced};
    struct kc_records *records = kc_arena_alloc(a, sizeof(*records));
    struct listing l = {k, kc_intern_create(), kc_scratch_create(), a, records};

    kc_arena_defer(a, unref, records);
    bool ok = list_pages(&l, kube, kc_resource_path(a, &m, ns, NULL, NULL), query ? query : PAGE_QUERY, call, err);
    kc_scratch_destroy(l.scratch);
    kc_intern_unref(l.strings);
    *ret = *records;
    return ok;
}
