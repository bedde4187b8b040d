package main

import (
	"net"
	"sync"
	"time"
)

// A network is the client side of the proxy below TLS. It can freeze (a black hole) and reset every connection.
type network struct {
	net.Listener
	mutex sync.Mutex
	conns map[*conn]bool
	thaw  chan struct{} // nil unless frozen; closed at the end of the black hole
	timer *time.Timer
}

func newNetwork(l net.Listener) *network { return &network{Listener: l, conns: map[*conn]bool{}} }

func (n *network) Accept() (net.Conn, error) {
	c, err := n.Listener.Accept()
	if err != nil {
		return nil, err
	}
	x := &conn{Conn: c, network: n, closed: make(chan struct{})}
	n.mutex.Lock()
	n.conns[x] = true
	n.mutex.Unlock()
	return x, nil
}

// freeze begins a black hole, or prolongs one; 0 lasts until melt.
func (n *network) freeze(d time.Duration) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.thaw == nil {
		n.thaw = make(chan struct{})
	}
	if n.timer != nil {
		n.timer.Stop()
		n.timer = nil
	}
	if d > 0 {
		n.timer = time.AfterFunc(d, n.melt)
	}
}

func (n *network) melt() {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.thaw != nil {
		close(n.thaw)
		n.thaw = nil
	}
}

// cut resets every connection and returns how many there were.
func (n *network) cut() int {
	n.mutex.Lock()
	var all []*conn
	for c := range n.conns {
		all = append(all, c)
	}
	n.mutex.Unlock()
	for _, c := range all {
		c.reset()
	}
	return len(all)
}

// A conn is one client connection.
type conn struct {
	net.Conn
	network *network
	once    sync.Once
	closed  chan struct{}
}

// pass waits while the network is frozen. It returns false when the connection is closed meanwhile.
func (c *conn) pass() bool {
	c.network.mutex.Lock()
	thaw := c.network.thaw
	c.network.mutex.Unlock()
	if thaw == nil {
		return true
	}
	select {
	case <-thaw:
		return true
	case <-c.closed:
		return false
	}
}

// Read asks again after reading: bytes that came in while we waited for them may belong to the black hole.
func (c *conn) Read(b []byte) (int, error) {
	if !c.pass() {
		return 0, net.ErrClosed
	}
	n, err := c.Conn.Read(b)
	if !c.pass() {
		return 0, net.ErrClosed
	}
	return n, err
}

func (c *conn) Write(b []byte) (int, error) {
	if !c.pass() {
		return 0, net.ErrClosed
	}
	return c.Conn.Write(b)
}

func (c *conn) Close() error {
	c.once.Do(func() { close(c.closed) })
	c.network.mutex.Lock()
	delete(c.network.conns, c)
	c.network.mutex.Unlock()
	return c.Conn.Close()
}

// reset closes with a TCP RST instead of a FIN.
func (c *conn) reset() {
	if t, ok := c.Conn.(*net.TCPConn); ok {
		t.SetLinger(0)
	}
	c.Close()
}
