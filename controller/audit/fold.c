#include "controller/audit/fold.h"

#include <string.h>

#include "controller/base/digest.h"
#include "controller/base/text.h"

#define DETAIL_MAX  ((size_t)32 << 10) /* bytes; the other half of a row is for identity, command and message */
#define MESSAGE_MAX ((size_t)8 << 10)  /* bytes */
#define BEGINNING   ((size_t)4 << 10)  /* bytes that a longer one keeps */

struct fold {
    struct kc_arena *a;
    struct kc_row *row;
    struct kc_folded *parts;
    size_t n;
};

static const char *move(struct fold *f, const char *bytes, size_t len)
{
    const char *digest = kc_digest_string(f->a, bytes, len);

    f->parts[f->n++] = (struct kc_folded){digest, bytes, len};
    return digest;
}

static void fold_message(struct fold *f)
{
    const char *whole = f->row->message;
    size_t len = strlen(kc_or(whole, "")), keep = 0;
    uint32_t ignored;

    if (len <= MESSAGE_MAX)
        return;
    while (keep < BEGINNING)
        keep += kc_utf8_decode(whole + keep, len - keep, &ignored);
    const char *digest = move(f, kc_arena_strdup(f->a, whole), len);
    f->row->message =
        kc_arena_printf(f->a, "%.*s… (%zu more bytes, the whole is %s)", (int)keep, whole, len - keep, digest);
}

static size_t bytes_of(const json_t *value)
{
    return json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
}

static const char *longest_member(const json_t *detail, size_t *ret_len)
{
    const char *longest = NULL, *key;
    json_t *value;

    *ret_len = 0;
    json_object_foreach((json_t *)(uintptr_t)detail, key, value)
    {
        size_t len = bytes_of(value);
        if (len > *ret_len) {
            *ret_len = len;
            longest = key;
        }
    }
    return longest;
}

static bool fold_member(struct fold *f, const char *key, struct kc_err *err)
{
    size_t len;
    const char *bytes = kc_json_canonical_in(f->a, json_object_get(f->row->detail, key), &len, err);

    if (!bytes)
        return kc_wrap(err, "audit row: detail.%s", key);
    const char *digest = move(f, bytes, len);
    json_object_set_new(f->row->detail, key, json_pack("{s:s, s:I}", "blob", digest, "bytes", (json_int_t)len));
    return true;
}

static void let_go(void *json)
{
    json_decref(json);
}

static bool fold_detail(struct fold *f, struct kc_err *err)
{
    size_t whole = f->row->detail ? bytes_of(f->row->detail) : 0, len;

    if (whole <= DETAIL_MAX)
        return true;
    f->row->detail = json_copy(f->row->detail);
    kc_arena_defer(f->a, let_go, f->row->detail);
    while (f->n < KC_FOLD_PARTS && bytes_of(f->row->detail) > DETAIL_MAX) {
        const char *key = longest_member(f->row->detail, &len);
        if (!fold_member(f, key, err))
            return false;
    }
    return true;
}

bool kc_row_fold(struct kc_arena *a, const struct kc_row *row, struct kc_row *ret,
                 struct kc_folded parts[KC_FOLD_PARTS], size_t *ret_n, struct kc_err *err)
{
    struct kc_row folded = *row;
    struct fold f = {.a = a, .row = &folded, .parts = parts};

    fold_message(&f);
    if (!fold_detail(&f, err))
        return false;
    const char **names = kc_arena_array(a, row->blobs.n + f.n, sizeof *names);
    for (size_t i = 0; i < row->blobs.n; i++)
        names[i] = row->blobs.v[i];
    for (size_t i = 0; i < f.n; i++)
        names[row->blobs.n + i] = parts[i].digest;
    folded.blobs = (struct kc_strs){names, row->blobs.n + f.n};
    *ret = folded;
    *ret_n = f.n;
    return true;
}
