package notices

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// mailServer is a real mail server in the test. Hooks run in the server's goroutines;
// nil = accept.
type mailServer struct {
	port int

	// hook is asked at each stage: mail, rcpt, data (before the body is read) and dot (the
	// whole mail is there and kept). Its error is the reply.
	hook func(stage string, c *smtp.Conn) error
	user string // needed to send, with the password "secret"; "" = nobody has to log in

	mu    sync.Mutex
	mails []received
}

type received struct {
	from, to string
	data     []byte
	tls      bool
}

// serve starts the server until the test ends. mode is starttls, implicit or none.
func (s *mailServer) serve(t *testing.T, mode string, cert *tls.Certificate) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // of a test
	if err != nil {
		t.Fatal(err)
	}
	s.port = listener.Addr().(*net.TCPAddr).Port
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &mailSession{s: s, c: c}, nil }))
	server.Domain, server.AllowInsecureAuth = "mail.test", true
	server.ErrorLog = quiet{}
	if cert != nil {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*cert}, MinVersion: tls.VersionTLS12}
	}
	if mode == "implicit" {
		listener, server.TLSConfig = tls.NewListener(listener, server.TLSConfig), nil
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends with Close
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
}

// quiet drops what the server says about clients that were killed.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func (s *mailServer) ask(stage string, c *smtp.Conn) error {
	if s.hook == nil {
		return nil
	}
	return s.hook(stage, c)
}

func (s *mailServer) received() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytesClone(s.mails)
}

func bytesClone(list []received) []received {
	out := make([]received, len(list))
	for i, m := range list {
		m.data = bytes.Clone(m.data)
		out[i] = m
	}
	return out
}

// subjects counts the mails by their subject.
func (s *mailServer) subjects(t *testing.T, header string) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, m := range s.received() {
		parsed, err := netmail.ReadMessage(bytes.NewReader(m.data))
		if err != nil {
			t.Fatal(err)
		}
		out[parsed.Header.Get(header)]++
	}
	return out
}

type mailSession struct {
	s      *mailServer
	c      *smtp.Conn
	mail   received
	authed bool
}

func (m *mailSession) AuthMechanisms() []string {
	if m.s.user == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (m *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != m.s.user || password != "secret" {
			return smtp.ErrAuthFailed
		}
		m.authed = true
		return nil
	}), nil
}

func (m *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	if m.s.user != "" && !m.authed {
		return smtp.ErrAuthRequired
	}
	m.mail.from = from
	_, m.mail.tls = m.c.TLSConnectionState()
	return m.s.ask("mail", m.c)
}

func (m *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	m.mail.to = to
	return m.s.ask("rcpt", m.c)
}

func (m *mailSession) Data(r io.Reader) error {
	if err := m.s.ask("data", m.c); err != nil {
		return err
	}
	var err error
	if m.mail.data, err = io.ReadAll(r); err != nil {
		return err
	}
	m.s.mu.Lock()
	m.s.mails = append(m.s.mails, m.mail)
	m.s.mu.Unlock()
	return m.s.ask("dot", m.c)
}

func (m *mailSession) Reset() {}

func (m *mailSession) Logout() error { return nil }

// certificate makes a certificate of this machine and a file that makes it trusted.
func certificate(t *testing.T) (*tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}
