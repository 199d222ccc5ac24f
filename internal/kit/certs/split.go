package certs

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// firstByte is how long a caller may take to say anything at all.
const firstByte = 10 * time.Second

// handshake is the first byte of every encrypted connection.
const handshake = 22

// Split keeps encrypted and plain callers of one port apart: somebody types the address without https, and is to be led on instead of
// being told something about protocols. Both end when the listener does.
func Split(l net.Listener) (secure, plain net.Listener) {
	s := &splitter{Listener: l, secure: newBranch(l), plain: newBranch(l)}
	go s.run()
	return s.secure, s.plain
}

type splitter struct {
	net.Listener
	secure, plain *branch
}

func (s *splitter) run() {
	for {
		conn, err := s.Accept()
		if err != nil {
			var passing interface{ Temporary() bool }
			if errors.As(err, &passing) && passing.Temporary() {
				time.Sleep(20 * time.Millisecond)
				continue
			}
			s.secure.end(err)
			s.plain.end(err)
			return
		}
		go s.sort(conn)
	}
}

func (s *splitter) sort(conn net.Conn) {
	_ = conn.SetReadDeadline(time.Now().Add(firstByte)) //nolint:forbidigo // of the network
	head := bufio.NewReaderSize(conn, 16)
	first, err := head.Peek(1)
	if err != nil {
		_ = conn.Close()
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	to := s.plain
	if first[0] == handshake {
		to = s.secure
	}
	to.hand(&peeked{Conn: conn, head: head})
}

// peeked is a connection whose first bytes were read already.
type peeked struct {
	net.Conn
	head *bufio.Reader
}

func (p *peeked) Read(b []byte) (int, error) {
	if p.head != nil && p.head.Buffered() > 0 {
		return p.head.Read(b)
	}
	p.head = nil
	return p.Conn.Read(b)
}

// branch is one half of a listener.
type branch struct {
	of    net.Listener
	conns chan net.Conn
	ended chan struct{}
	once  sync.Once
	err   error
}

func newBranch(of net.Listener) *branch {
	return &branch{of: of, conns: make(chan net.Conn), ended: make(chan struct{})}
}

func (b *branch) hand(c net.Conn) {
	select {
	case b.conns <- c:
	case <-b.ended:
		_ = c.Close()
	}
}

func (b *branch) end(err error) {
	b.once.Do(func() {
		b.err = err
		close(b.ended)
	})
}

func (b *branch) Accept() (net.Conn, error) {
	select {
	case c := <-b.conns:
		return c, nil
	case <-b.ended:
		return nil, b.err
	}
}

func (b *branch) Close() error {
	b.end(net.ErrClosed)
	return b.of.Close()
}

func (b *branch) Addr() net.Addr { return b.of.Addr() }

// Lead leads plain callers to the same address by https.
func Lead() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.WriteHeader(http.StatusUpgradeRequired) // what was sent in the open is not to be sent again by itself
			_, _ = io.WriteString(w, "https\n")
			return
		}
		http.Redirect(w, r, "https://"+r.Host+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	})
}
