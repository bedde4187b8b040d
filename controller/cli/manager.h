/* `kubechat manager`: the operator as one process. argv[0] is "manager"; the result is the exit code. */
#pragma once

int kc_cmd_manager(int argc, char **argv);
