/* `kubechat crd`: prints the CustomResourceDefinitions that this binary speaks (crds/ holds the same). */
#pragma once

int kc_cmd_crd(int argc, char **argv);
