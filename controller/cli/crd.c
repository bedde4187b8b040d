#include "controller/cli/crd.h"

#include <stdio.h>

#include "api/crd.h"

static const struct kc_crd *find(const char *name)
{
    for (const struct kc_crd *const *c = kc_crds; *c; c++)
        if (KC_STREQ(name, (*c)->plural) || KC_STREQ(name, (*c)->singular) || KC_STREQ(name, (*c)->kind))
            return *c;
    return NULL;
}

static int unknown(const char *name)
{
    fprintf(stderr, "kubechat crd: \"%s\" is no kind of kubechat.io; known:", name);
    for (const struct kc_crd *const *c = kc_crds; *c; c++)
        fprintf(stderr, " %s", (*c)->plural);
    fputc('\n', stderr);
    return 1;
}

int kc_cmd_crd(int argc, char **argv)
{
    KC_BUF_SCOPE out = {0};

    if (argc > 1 && argv[1][0] == '-') {
        fprintf(stderr, "usage: kubechat crd [KIND...]\n\nPrints the CustomResourceDefinitions as YAML, all of them or "
                        "those named.\n");
        return KC_STREQ(argv[1], "--help") || KC_STREQ(argv[1], "-h") ? 0 : 1;
    }
    for (int i = 1; i < argc; i++) {
        const struct kc_crd *crd = find(argv[i]);
        if (!crd)
            return unknown(argv[i]);
        kc_buf_puts(&out, i > 1 ? "---\n" : "");
        kc_crd_write(&out, crd);
    }
    for (size_t i = 0; argc <= 1 && kc_crds[i]; i++) {
        kc_buf_puts(&out, i ? "---\n" : "");
        kc_crd_write(&out, kc_crds[i]);
    }
    fputs(kc_buf_str(&out), stdout);
    return 0;
}
