#include "controller/audit/tiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/audit/note.h"
#include "controller/audit/paths.h"
#include "controller/audit/store.h"
#include "controller/base/buf.h"

#define WIDTH 256 /* hashes or entries in a full tile */

struct snapshot {
    struct kc_audit_store *store;
    struct kc_arena *a;
    const char *note;
    struct kc_checkpoint checkpoint;
};

/* A snapshot of the store and its newest checkpoint. */
static bool open_snapshot(struct snapshot *t, const char *store, struct kc_arena *a, struct kc_err *err)
{
    uint64_t size;
    *t = (struct snapshot){.a = a, .store = kc_audit_store_open(store, KC_STORE_SCAN, err)};
    if (!t->store || !t->store->ops->begin(t->store, false, err) ||
        !t->store->ops->checkpoint(t->store, KC_NEWEST, a, &size, &t->note, err))
        return false;
    if (!t->note)
        return kc_fail(
            err, KC_NOT_FOUND, "NotSigned",
            "audit store %s: no checkpoint has been signed yet: the manager signs one within a second of a row",
            kc_audit_store_name(a, store));
    return kc_checkpoint_open(a, t->note, strlen(t->note), NULL, &t->checkpoint, err);
}

/* "x001/x234/067" for 1234067, and ".p/<width>" for a tile that is not full. */
static const char *tile_path(struct kc_arena *a, const char *dir, const char *level, uint64_t index, unsigned width)
{
    const char *n = kc_arena_printf(a, "%03u", (unsigned)(index % 1000));
    while (index /= 1000)
        n = kc_arena_printf(a, "x%03u/%s", (unsigned)(index % 1000), n);
    if (width == WIDTH)
        return kc_arena_printf(a, "%s/tile/%s/%s", dir, level, n);
    return kc_arena_printf(a, "%s/tile/%s/%s.p/%u", dir, level, n, width);
}

/* Under another name first: a reader sees the whole file or none. */
static bool write_file(const char *path, const void *p, size_t len, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    const char *draft = kc_arena_printf(a, "%s.new", path);
    if (!kc_make_parents(path, err))
        return false;
    FILE *f = fopen(draft, "we");
    bool ok = f && fwrite(p, 1, len, f) == len && fflush(f) == 0 && fsync(fileno(f)) == 0;
    if (f && fclose(f) != 0)
        ok = false;
    if (ok && rename(draft, path) == 0)
        return true;
    return kc_fail(err, KC_UNAVAILABLE, "CannotWrite", "%s: %s", path, strerror(errno));
}

/* Full tiles never change. */
static bool kept(const char *path, unsigned width)
{
    return width == WIDTH && access(path, F_OK) == 0;
}

static bool write_hashes(struct snapshot *t, const char *dir, unsigned level, uint64_t index, unsigned width,
                         struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    struct kc_hash hashes[WIDTH];
    const char *path = tile_path(a, dir, kc_arena_printf(a, "%u", level), index, width);
    if (kept(path, width))
        return true;
    for (unsigned i = 0; i < width; i++)
        if (!kc_audit_store_node(t->store, 8 * level, WIDTH * index + i, &hashes[i], err))
            return false;
    return write_file(path, hashes, width * sizeof *hashes, err);
}

/* Entries behind each other, each after its length in two bytes, big-endian. */
static bool add_entry(void *arg, const struct kc_stored_entry *e, struct kc_err *err)
{
    struct kc_buf *bundle = arg;
    if (e->len > UINT16_MAX)
        return kc_fail(err, KC_INVALID, "Tampered", "entry %lld: %zu bytes, more than any entry has", (long long)e->idx,
                       e->len);
    kc_buf_putc(bundle, (char)(e->len >> 8));
    kc_buf_putc(bundle, (char)(e->len & 0xff));
    kc_buf_add(bundle, e->bytes, e->len);
    return true;
}

static bool write_entries(struct snapshot *t, const char *dir, unsigned level, uint64_t index, unsigned width,
                          struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE bundle = {0};
    const char *path = tile_path(a, dir, "entries", index, width);
    (void)level;
    return kept(path, width) ||
           (t->store->ops->entries(t->store, WIDTH * index, WIDTH * index + width, NULL, add_entry, &bundle, err) &&
            write_file(path, kc_buf_str(&bundle), bundle.len, err));
}

typedef bool (*tile_writer)(struct snapshot *t, const char *dir, unsigned level, uint64_t index, unsigned width,
                            struct kc_err *err);

/* Every tile of a level that has n hashes (or of the n entries). */
static bool write_level(struct snapshot *t, const char *dir, unsigned level, uint64_t n, tile_writer write,
                        struct kc_err *err)
{
    for (uint64_t index = 0; index < n / WIDTH; index++)
        if (!write(t, dir, level, index, WIDTH, err))
            return false;
    return n % WIDTH == 0 || write(t, dir, level, n / WIDTH, (unsigned)(n % WIDTH), err);
}

/* A folder with tiles in it is brought up to date only when they are of this log, at an earlier size. */
static bool folder_fits(struct snapshot *t, const char *dir, struct kc_err *err)
{
    static const struct kc_hash none;
    char note[KC_NOTE_MAX];
    struct kc_checkpoint old;
    struct kc_stored_head head = {.root = none};
    bool found = false;
    FILE *f = fopen(kc_arena_printf(t->a, "%s/checkpoint", dir), "re");
    if (!f)
        return errno == ENOENT || kc_fail(err, KC_UNAVAILABLE, "CannotOpen", "%s/checkpoint: %s", dir, strerror(errno));
    size_t len = fread(note, 1, sizeof note, f);
    (void)fclose(f);
    if (!kc_checkpoint_open(t->a, note, len, NULL, &old, err))
        return kc_wrap(err, "%s/checkpoint", dir);
    if (!t->store->ops->head(t->store, old.size, &head, &found, err))
        return false;
    return (strcmp(old.origin, t->checkpoint.origin) == 0 && old.size <= t->checkpoint.size && found &&
            memcmp(head.root.b, old.root.b, sizeof old.root.b) == 0) ||
           kc_fail(err, KC_INVALID, "OtherLog",
                   "%s holds the tiles of another log, or of one that was rewritten: give an empty folder", dir);
}

static bool write_all(struct snapshot *t, const char *dir, struct kc_err *err)
{
    if (!folder_fits(t, dir, err))
        return false;
    uint64_t size = t->checkpoint.size;
    unsigned level = 0;
    for (uint64_t n = size; n; n /= WIDTH, level++)
        if (!write_level(t, dir, level, n, write_hashes, err))
            return false;
    return write_level(t, dir, 0, size, write_entries, err) &&
           write_file(kc_arena_printf(t->a, "%s/checkpoint", dir), t->note, strlen(t->note), err);
}

bool kc_audit_tiles(const char *store, const char *dir, uint64_t *ret_size, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    struct snapshot t;
    bool ok = open_snapshot(&t, store, a, err) && write_all(&t, dir, err);
    (void)kc_audit_store_close(t.store);
    if (ok)
        *ret_size = t.checkpoint.size;
    return ok;
}

static const char *prove(struct snapshot *t, uint64_t index, struct kc_err *err)
{
    struct kc_hash proof[64];
    unsigned n;
    if (!kc_tree_inclusion(index, t->checkpoint.size, kc_audit_store_node, t->store, proof, &n, err))
        return NULL;
    const char *text = kc_arena_printf(t->a, "c2sp.org/tlog-proof@v1\nindex %llu\n", (unsigned long long)index);
    for (unsigned i = 0; i < n; i++)
        text = kc_arena_printf(t->a, "%s%s\n", text, kc_base64(t->a, proof[i].b, sizeof proof[i].b));
    return kc_arena_printf(t->a, "%s\n%s", text, t->note);
}

const char *kc_audit_proof(const char *store, uint64_t index, struct kc_arena *a, struct kc_err *err)
{
    struct snapshot t;
    const char *text = open_snapshot(&t, store, a, err) ? prove(&t, index, err) : NULL;
    (void)kc_audit_store_close(t.store);
    return text;
}
