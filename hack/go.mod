module kubechat.io/hack

go 1.21
