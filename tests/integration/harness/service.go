package harness

import (
	"io"
	"math/rand"
	"net"
	"sync"
	"testing"
)

// A Service is the one address of several managers' webhooks: each connection goes to one that is ready, by chance.
type Service struct {
	url      string
	listener net.Listener

	mutex    sync.Mutex
	managers []*Manager
	open     map[net.Conn]*Manager
}

// Service lives as long as the test. Its managers may run at the same time.
func (c *Cluster) Service(t testing.TB) *Service {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Service{url: "https://" + l.Addr().String(), listener: l, open: map[net.Conn]*Manager{}}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s
}

func (s *Service) add(m *Manager) {
	if s == nil {
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.managers = append(s.managers, m)
}

// remove takes a manager out and cuts its connections.
func (s *Service) remove(m *Manager) {
	if s == nil {
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for i, x := range s.managers {
		if x == m {
			s.managers = append(s.managers[:i:i], s.managers[i+1:]...)
			break
		}
	}
	for conn, to := range s.open {
		if to == m {
			conn.Close()
		}
	}
}

// Remove is what the cluster does with a replica that does not answer its probes any more; Add what it does with one that does.
func (s *Service) Remove(m *Manager) { s.remove(m) }

func (s *Service) Add(m *Manager) { s.add(m) }

// Only lets one manager alone answer.
func (s *Service) Only(m *Manager) {
	s.mutex.Lock()
	all := append([]*Manager{}, s.managers...)
	s.mutex.Unlock()
	for _, x := range all {
		s.remove(x)
	}
	s.add(m)
}

func (s *Service) pick() *Manager {
	s.mutex.Lock()
	all := append([]*Manager{}, s.managers...)
	s.mutex.Unlock()
	rand.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	for _, m := range all {
		if code, _ := m.Probe("/readyz"); code == 200 {
			return m
		}
	}
	return nil
}

func (s *Service) serve(conn net.Conn) {
	defer conn.Close()
	m := s.pick()
	if m == nil {
		return
	}
	to, err := net.Dial("tcp", "127.0.0.1:"+m.WebhookPort)
	if err != nil {
		return
	}
	s.mutex.Lock()
	s.open[conn] = m
	s.mutex.Unlock()
	defer func() {
		s.mutex.Lock()
		delete(s.open, conn)
		s.mutex.Unlock()
	}()
	go func() {
		io.Copy(to, conn)
		to.Close()
	}()
	io.Copy(conn, to)
}
