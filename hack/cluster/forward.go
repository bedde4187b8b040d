package main

import (
	"io"
	"net"
)

// runForward passes TCP connections on. `node` starts it at the address that pods know the API server by: there is no
// kube-proxy, and the API server itself listens on 127.0.0.1 alone.
func runForward(args []string) error {
	fs := flags("forward")
	from := fs.String("from", "", "address to listen on")
	to := fs.String("to", "", "address to connect to")
	if err := parse(fs, args); err != nil {
		return err
	}
	l, err := net.Listen("tcp", *from)
	if err != nil {
		return err
	}
	for {
		client, err := l.Accept()
		if err != nil {
			return err
		}
		go pass(client.(*net.TCPConn), *to)
	}
}

func pass(client *net.TCPConn, to string) {
	defer client.Close()
	conn, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	server := conn.(*net.TCPConn)
	defer server.Close()
	done := make(chan struct{})
	go func() {
		io.Copy(server, client)
		server.CloseWrite() // the end of what one side says is not the end of what the other has to say
		close(done)
	}()
	io.Copy(client, server)
	client.CloseWrite()
	<-done
}
