module kubechat.io/tests

go 1.21
