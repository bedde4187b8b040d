#include "controller/audit/tree.h"

#include <string.h>

/* RFC 6962 section 2.1: different first bytes, so that no leaf can be passed off as an interior node. */
static const uint8_t leaf_prefix = 0x00, node_prefix = 0x01;

struct kc_hash kc_leaf_hash(const void *entry, size_t len)
{
    struct kc_hash h;
    kc_sha256v(h.b, (struct kc_iov[]){{&leaf_prefix, 1}, {entry, len}}, 2);
    return h;
}

struct kc_hash kc_node_hash(const struct kc_hash *left, const struct kc_hash *right)
{
    struct kc_hash h;
    kc_sha256v(h.b, (struct kc_iov[]){{&node_prefix, 1}, {left->b, sizeof left->b}, {right->b, sizeof right->b}}, 3);
    return h;
}

unsigned kc_tree_grow(struct kc_tree *t, const struct kc_hash *leaf, struct kc_hash made[64])
{
    struct kc_hash h = *leaf;
    unsigned n = 0;
    /* A binary counter: each 1 at the end of the old size is a subtree that the new one completes to the next level. */
    for (uint64_t bits = t->size; bits & 1; bits >>= 1) {
        h = kc_node_hash(&t->edge[--t->n], &h);
        made[n++] = h;
    }
    t->edge[t->n++] = h;
    t->size++;
    return n;
}

void kc_tree_append(struct kc_tree *t, const struct kc_hash *leaf)
{
    struct kc_hash made[64];
    (void)kc_tree_grow(t, leaf, made);
}

struct kc_hash kc_tree_root(const struct kc_tree *t)
{
    struct kc_hash h;
    if (!t->n) {
        kc_sha256(h.b, "", 0);
        return h;
    }
    h = t->edge[t->n - 1];
    for (unsigned i = t->n - 1; i-- > 0;)
        h = kc_node_hash(&t->edge[i], &h);
    return h;
}

bool kc_tree_load(uint64_t size, kc_node_reader read, void *arg, struct kc_tree *ret, struct kc_err *err)
{
    struct kc_tree t = {.size = size};
    for (unsigned level = 64; level-- > 0;)
        if (size >> level & 1 && !read(arg, level, (size >> level) - 1, &t.edge[t.n++], err))
            return false;
    *ret = t;
    return true;
}

/* Largest power of two below n; n > 1. */
static uint64_t split(uint64_t n)
{
    return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

/* The hash of leaves [from, to), where from is a multiple of the smallest power of two not below to - from. */
static bool subtree(uint64_t from, uint64_t to, kc_node_reader read, void *arg, struct kc_hash *ret, struct kc_err *err)
{
    uint64_t n = to - from;
    bool first = true;
    struct kc_hash h = {0}, left;
    /* The perfect subtrees that n consists of, rightmost and smallest first. */
    for (unsigned level = 0; level < 64 && n >> level; level++) {
        if (!(n >> level & 1))
            continue;
        uint64_t at = (from + (((n >> level) - 1) << level)) >> level;
        if (!read(arg, level, at, &left, err))
            return false;
        h = first ? left : kc_node_hash(&left, &h);
        first = false;
    }
    *ret = h;
    return true;
}

static void reverse(struct kc_hash *proof, unsigned n)
{
    for (unsigned i = 0; i < n / 2; i++) {
        struct kc_hash h = proof[i];
        proof[i] = proof[n - 1 - i];
        proof[n - 1 - i] = h;
    }
}

bool kc_tree_inclusion(uint64_t index, uint64_t size, kc_node_reader read, void *arg, struct kc_hash proof[64],
                       unsigned *ret_n, struct kc_err *err)
{
    if (index >= size)
        return kc_fail(err, KC_INVALID, "OutOfRange", "no proof of entry %llu: the tree has %llu entries",
                       (unsigned long long)index, (unsigned long long)size);
    unsigned n = 0;
    for (uint64_t from = 0, to = size; to - from > 1;) {
        uint64_t middle = from + split(to - from);
        bool left = index < middle;
        if (!subtree(left ? middle : from, left ? to : middle, read, arg, &proof[n++], err))
            return false;
        *(left ? &to : &from) = middle;
    }
    reverse(proof, n); /* collected from the root, given from the leaf */
    *ret_n = n;
    return true;
}

bool kc_tree_consistency(uint64_t from, uint64_t to, kc_node_reader read, void *arg, struct kc_hash proof[64],
                         unsigned *ret_n, struct kc_err *err)
{
    if (from > to)
        return kc_fail(err, KC_INVALID, "OutOfRange", "no proof from size %llu: the tree has %llu entries",
                       (unsigned long long)from, (unsigned long long)to);
    unsigned n = 0;
    bool whole = true; /* the old tree is a complete subtree on the way: the verifier knows its hash */
    uint64_t lo = 0, hi = to;
    while (from && from < hi) {
        uint64_t middle = lo + split(hi - lo);
        bool left = from <= middle;
        if (!subtree(left ? middle : lo, left ? hi : middle, read, arg, &proof[n++], err))
            return false;
        if (left) {
            hi = middle;
        } else {
            lo = middle;
            whole = false;
        }
    }
    if (!whole && !subtree(lo, hi, read, arg, &proof[n++], err))
        return false;
    reverse(proof, n);
    *ret_n = n;
    return true;
}

static bool same(const struct kc_hash *a, const struct kc_hash *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

bool kc_tree_verify_inclusion(const struct kc_hash *leaf, uint64_t index, uint64_t size, const struct kc_hash *root,
                              const struct kc_hash *proof, unsigned n)
{
    if (index >= size)
        return false;
    uint64_t fn = index, sn = size - 1;
    struct kc_hash h = *leaf;
    for (unsigned i = 0; i < n; i++) {
        if (!sn)
            return false;
        if (fn & 1 || fn == sn) {
            h = kc_node_hash(&proof[i], &h);
            for (; !(fn & 1) && fn; fn >>= 1)
                sn >>= 1;
        } else {
            h = kc_node_hash(&h, &proof[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return !sn && same(&h, root);
}

bool kc_tree_verify_consistency(uint64_t from, uint64_t to, const struct kc_hash *from_root,
                                const struct kc_hash *to_root, const struct kc_hash *proof, unsigned n)
{
    if (from > to)
        return false;
    if (from == to)
        return !n && same(from_root, to_root);
    if (!from) {
        struct kc_hash empty = kc_tree_root(&(struct kc_tree){0});
        return !n && same(from_root, &empty);
    }
    uint64_t fn = from - 1, sn = to - 1;
    for (; fn & 1; fn >>= 1)
        sn >>= 1;
    unsigned i = 0;
    struct kc_hash fr = *from_root;
    /* The proof leaves the older root out when its size is a power of two: it is a node of the newer tree. */
    if (from & (from - 1)) {
        if (!n)
            return false;
        fr = proof[i++];
    }
    struct kc_hash sr = fr;
    for (; i < n; i++) {
        if (!sn)
            return false;
        if (fn & 1 || fn == sn) {
            fr = kc_node_hash(&proof[i], &fr);
            sr = kc_node_hash(&proof[i], &sr);
            for (; !(fn & 1) && fn; fn >>= 1)
                sn >>= 1;
        } else {
            sr = kc_node_hash(&sr, &proof[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return !sn && same(&fr, from_root) && same(&sr, to_root);
}
