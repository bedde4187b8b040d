#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/audit/tree.h"

#define MAX 64

/* The entries and roots that the Certificate Transparency implementations test RFC 6962 with. */
static const struct {
    const char *entry; /* hex */
    const char *root;  /* of the tree that ends with it */
} vectors[] = {
    {"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
    {"00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
    {"10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
    {"2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
    {"3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
    {"40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
    {"5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
    {"606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
};

static void assert_hex(const struct kc_hash *h, const char *expected)
{
    char hex[KC_HEX_LEN];
    assert_string_equal(kc_hex(hex, h->b, sizeof h->b), expected);
}

static void known_roots(void **state)
{
    (void)state;
    struct kc_tree t = {0};
    struct kc_hash root = kc_tree_root(&t);
    assert_hex(&root, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint8_t entry[16];
        size_t len = strlen(vectors[i].entry) / 2;
        assert_true(kc_unhex(entry, len, vectors[i].entry));
        struct kc_hash leaf = kc_leaf_hash(entry, len);
        kc_tree_append(&t, &leaf);
        root = kc_tree_root(&t);
        assert_hex(&root, vectors[i].root);
    }
}

/* Every complete node of a tree of MAX entries, as a store keeps them. */
struct nodes {
    struct kc_hash at[7][MAX];
    uint64_t size;
    unsigned reads;
};

static bool read_node(void *arg, unsigned level, uint64_t index, struct kc_hash *ret, struct kc_err *err)
{
    struct nodes *n = arg;
    n->reads++;
    if (level > 6 || (index + 1) << level > n->size)
        return kc_fail(err, KC_INVALID, "Missing", "level %u, index %llu", level, (unsigned long long)index);
    *ret = n->at[level][index];
    return true;
}

/* The tree hash straight from the definition in RFC 6962, section 2.1. */
static struct kc_hash definition(const struct nodes *n, uint64_t from, uint64_t to)
{
    if (to == from)
        return kc_tree_root(&(struct kc_tree){0});
    if (to - from == 1)
        return n->at[0][from];
    uint64_t k = 1;
    while (2 * k < to - from)
        k *= 2;
    struct kc_hash left = definition(n, from, from + k), right = definition(n, from + k, to);
    return kc_node_hash(&left, &right);
}

static struct nodes all;
static struct kc_hash roots[MAX + 1];

static int build(void **state)
{
    (void)state;
    struct kc_tree t = {0};
    for (unsigned i = 0; i < MAX; i++) {
        struct kc_hash made[64], leaf = kc_leaf_hash(&i, sizeof i);
        all.at[0][i] = leaf;
        unsigned n = kc_tree_grow(&t, &leaf, made);
        for (unsigned k = 0; k < n; k++)
            all.at[k + 1][(t.size >> (k + 1)) - 1] = made[k];
    }
    all.size = MAX;
    for (uint64_t size = 0; size <= MAX; size++)
        roots[size] = definition(&all, 0, size);
    return 0;
}

static void grows_and_loads(void **state)
{
    (void)state;
    struct kc_tree t = {0}, loaded;
    for (uint64_t size = 0; size <= MAX; size++) {
        struct kc_hash root = kc_tree_root(&t);
        assert_memory_equal(root.b, roots[size].b, sizeof root.b);
        all.size = size;
        assert_true(kc_tree_load(size, read_node, &all, &loaded, NULL));
        assert_int_equal(loaded.n, __builtin_popcountll(size));
        root = kc_tree_root(&loaded);
        assert_memory_equal(root.b, roots[size].b, sizeof root.b);
        if (size < MAX)
            kc_tree_append(&t, &all.at[0][size]);
    }
    all.size = MAX;
}

/* Whatever is changed in a good proof makes it a bad one. */
static void spoil_inclusion(uint64_t index, uint64_t size, struct kc_hash *proof, unsigned n)
{
    const struct kc_hash *leaf = &all.at[0][index], *root = &roots[size];
    for (unsigned i = 0; i < n; i++) {
        proof[i].b[i % 32] ^= 1;
        assert_false(kc_tree_verify_inclusion(leaf, index, size, root, proof, n));
        proof[i].b[i % 32] ^= 1;
    }
    proof[n] = proof[0];
    assert_false(kc_tree_verify_inclusion(leaf, index, size, root, proof, n + 1));
    if (n)
        assert_false(kc_tree_verify_inclusion(leaf, index, size, root, proof, n - 1));
    assert_false(kc_tree_verify_inclusion(&all.at[0][(index + 1) % MAX], index, size, root, proof, n));
    assert_false(kc_tree_verify_inclusion(leaf, index, size, &roots[size - 1], proof, n));
    assert_false(kc_tree_verify_inclusion(leaf, size, size, root, proof, n));
    for (uint64_t other = 0; other < size; other++)
        if (other != index)
            assert_false(kc_tree_verify_inclusion(leaf, other, size, root, proof, n));
}

static void inclusion(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= MAX; size++) {
        all.size = size; /* a proof needs only what the tree of that size has */
        for (uint64_t index = 0; index < size; index++) {
            struct kc_hash proof[64] = {0};
            unsigned n;
            assert_true(kc_tree_inclusion(index, size, read_node, &all, proof, &n, NULL));
            assert_true(kc_tree_verify_inclusion(&all.at[0][index], index, size, &roots[size], proof, n));
            spoil_inclusion(index, size, proof, n);
        }
    }
    all.size = MAX;
}

static void spoil_consistency(uint64_t from, uint64_t to, struct kc_hash *proof, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        proof[i].b[i % 32] ^= 1;
        assert_false(kc_tree_verify_consistency(from, to, &roots[from], &roots[to], proof, n));
        proof[i].b[i % 32] ^= 1;
    }
    if (n)
        assert_false(kc_tree_verify_consistency(from, to, &roots[from], &roots[to], proof, n - 1));
    proof[n] = roots[1];
    assert_false(kc_tree_verify_consistency(from, to, &roots[from], &roots[to], proof, n + 1));
    struct kc_hash wrong = roots[from];
    wrong.b[0] ^= 1;
    assert_false(kc_tree_verify_consistency(from, to, &wrong, &roots[to], proof, n));
    if (from) { /* the empty tree's proof does not reach the newer root: every tree goes on from it */
        wrong = roots[to];
        wrong.b[31] ^= 1;
        assert_false(kc_tree_verify_consistency(from, to, &roots[from], &wrong, proof, n));
    }
    if (from < to)
        assert_false(kc_tree_verify_consistency(to, from, &roots[to], &roots[from], proof, n));
}

static void consistency(void **state)
{
    (void)state;
    for (uint64_t to = 0; to <= MAX; to++) {
        all.size = to;
        for (uint64_t from = 0; from <= to; from++) {
            struct kc_hash proof[64] = {0};
            unsigned n;
            assert_true(kc_tree_consistency(from, to, read_node, &all, proof, &n, NULL));
            assert_true(kc_tree_verify_consistency(from, to, &roots[from], &roots[to], proof, n));
            spoil_consistency(from, to, proof, n);
        }
    }
    all.size = MAX;
}

static void refuses_what_is_not_there(void **state)
{
    (void)state;
    struct kc_hash proof[64];
    struct kc_tree t;
    unsigned n;
    struct kc_err err = {0};
    assert_false(kc_tree_inclusion(8, 8, read_node, &all, proof, &n, &err));
    assert_int_equal(err.class, KC_INVALID);
    assert_false(kc_tree_consistency(9, 8, read_node, &all, proof, &n, &err));
    all.size = 7;
    assert_false(kc_tree_inclusion(3, 8, read_node, &all, proof, &n, &err));
    assert_false(kc_tree_load(8, read_node, &all, &t, &err));
    all.size = MAX;
}

/* A log of a million entries: a proof reads a few hashes, not all of them. */
static bool any_node(void *arg, unsigned level, uint64_t index, struct kc_hash *ret, struct kc_err *err)
{
    (void)err;
    ++*(unsigned *)arg;
    *ret = (struct kc_hash){.b = {(uint8_t)level, (uint8_t)index, (uint8_t)(index >> 8), (uint8_t)(index >> 16)}};
    return true;
}

static void proofs_are_short(void **state)
{
    (void)state;
    struct kc_hash proof[64];
    unsigned n, reads = 0;
    assert_true(kc_tree_inclusion(777777, 1000003, any_node, &reads, proof, &n, NULL));
    assert_in_range(n, 15, 20);
    assert_in_range(reads, n, 60);
    assert_true(kc_tree_consistency(999999, 1000003, any_node, &reads, proof, &n, NULL));
    assert_in_range(n, 1, 25);
    struct kc_tree t;
    assert_true(kc_tree_load(INT64_MAX, any_node, &reads, &t, NULL));
    assert_int_equal(t.n, 63);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_roots), cmocka_unit_test(grows_and_loads),           cmocka_unit_test(inclusion),
        cmocka_unit_test(consistency), cmocka_unit_test(refuses_what_is_not_there), cmocka_unit_test(proofs_are_short),
    };
    return cmocka_run_group_tests(tests, build, NULL);
}
