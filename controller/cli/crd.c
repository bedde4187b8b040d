#include "controller/cli/crd.h"

#include <stdio.h>

#include "api/chatrequest.h"

int kc_cmd_crd(int argc, char **argv)
{
    KC_BUF_SCOPE out = {0};

    (void)argv;
    if (argc > 1) {
        fprintf(stderr, "usage: kubechat crd\n\nPrints the CustomResourceDefinitions as YAML.\n");
        return 1;
    }
    kc_chatrequest_crd(&out);
    fputs(kc_buf_str(&out), stdout);
    return 0;
}
