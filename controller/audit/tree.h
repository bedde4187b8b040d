/* tree: the Merkle tree of RFC 6962 section 2.1 (SHA-256) over the log's entries, kept as its right edge.
 *
 * Appending needs only the edge (at most 64 hashes); proofs need the interior nodes, which the store gives through a
 * callback. Pure.
 */
#pragma once

#include "controller/base/digest.h"

struct kc_hash {
    uint8_t b[KC_SHA256_LEN];
};

struct kc_tree {
    uint64_t size;
    struct kc_hash edge[64]; /* roots of the perfect subtrees of size's binary form, highest level first, n of them */
    unsigned n;
};

struct kc_hash kc_leaf_hash(const void *entry, size_t len); /* SHA-256(0x00 || entry) */
struct kc_hash kc_node_hash(const struct kc_hash *left, const struct kc_hash *right);
void kc_tree_append(struct kc_tree *t, const struct kc_hash *leaf);
/* The same, and hands out the interior nodes that the leaf completed: made[i] is the node at level i + 1, index
 * (size >> (i + 1)) - 1 of the new size. Returns how many. */
unsigned kc_tree_grow(struct kc_tree *t, const struct kc_hash *leaf, struct kc_hash made[64]);
struct kc_hash kc_tree_root(const struct kc_tree *t); /* empty: SHA-256 of nothing */

/* Gives the hash of the perfect subtree at level (0: leaves) and index. False with err when the store has it not. */
typedef bool (*kc_node_reader)(void *arg, unsigned level, uint64_t index, struct kc_hash *ret, struct kc_err *err);

/* The edge of a tree of that size, read from its nodes. */
KC_CHECK bool kc_tree_load(uint64_t size, kc_node_reader read, void *arg, struct kc_tree *ret, struct kc_err *err);

/* RFC 6962 sections 2.1.1 and 2.1.2; at most 64 hashes each, in the RFC's order. */
KC_CHECK bool kc_tree_inclusion(uint64_t index, uint64_t size, kc_node_reader read, void *arg, struct kc_hash proof[64],
                                unsigned *ret_n, struct kc_err *err);
KC_CHECK bool kc_tree_consistency(uint64_t from, uint64_t to, kc_node_reader read, void *arg, struct kc_hash proof[64],
                                  unsigned *ret_n, struct kc_err *err);
/* RFC 9162 section 2.1.3.2 and 2.1.4.2. Every tree is consistent with the empty one, by an empty proof. */
bool kc_tree_verify_inclusion(const struct kc_hash *leaf, uint64_t index, uint64_t size, const struct kc_hash *root,
                              const struct kc_hash *proof, unsigned n);
bool kc_tree_verify_consistency(uint64_t from, uint64_t to, const struct kc_hash *from_root,
                                const struct kc_hash *to_root, const struct kc_hash *proof, unsigned n);
