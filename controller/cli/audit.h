/* `kubechat audit verify|export|tiles|proof|key`: the audit log, for people and for other programs. */
#pragma once

int kc_cmd_audit(int argc, char **argv); /* 0; 1 on failure, also when a log does not verify */
