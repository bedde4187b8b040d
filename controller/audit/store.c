#include "controller/audit/store.h"

#include <string.h>

struct kc_audit_store *kc_audit_store_close(struct kc_audit_store *s)
{
    if (s)
        s->ops->close(s);
    return NULL;
}

bool kc_audit_store_node(void *arg, unsigned level, uint64_t index, struct kc_hash *ret, struct kc_err *err)
{
    struct kc_audit_store *s = arg;
    bool found;
    if (!s->ops->node(s, level, index, ret, &found, err))
        return false;
    if (!found)
        return kc_fail(err, KC_INVALID, "Tampered", "the hash at level %u, index %llu is missing", level,
                       (unsigned long long)index);
    return true;
}

bool kc_audit_store_tree(struct kc_audit_store *s, struct kc_tree *ret, uint64_t *ret_checkpoint, struct kc_err *err)
{
    struct kc_stored_head head = {0};
    struct kc_tree tree;
    struct kc_hash beyond;
    bool found, more;
    if (!s->ops->head(s, KC_NEWEST, &head, &found, err) ||
        !kc_tree_load(head.size, kc_audit_store_node, s, &tree, err) ||
        !s->ops->node(s, 0, head.size, &beyond, &more, err))
        return false;
    struct kc_hash root = kc_tree_root(&tree);
    if (more)
        return kc_fail(err, KC_INVALID, "Tampered", "entry %llu lies beyond the newest head",
                       (unsigned long long)head.size);
    if (found && memcmp(root.b, head.root.b, sizeof root.b) != 0)
        return kc_fail(err, KC_INVALID, "Tampered", "the root of the %llu entries is not the newest head's",
                       (unsigned long long)head.size);
    *ret = tree;
    *ret_checkpoint = head.checkpoint;
    return true;
}
