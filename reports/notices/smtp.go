package notices

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	netmail "net/mail"
	"net/textproto"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"marketwarden/internal/config"
)

const (
	// maxReplies bounds what a mail server may say during one delivery, in bytes.
	maxReplies = 1 << 20
	// maxSecret bounds the file of a password or key, in bytes.
	maxSecret = 64 << 10
)

// smtpChannel is the channel that hands notices to the operator's mail server
// (RFC 5321). It opens a connection of its own for each, and sends the bytes that are
// stored.
//
// The library dials, encrypts and logs in; the transaction itself is run step by step,
// because what an error means depends on where it happened: before the final dot the
// server cannot have taken the message, after it only its reply tells.
type smtpChannel struct {
	config   config.SMTP
	password string
	tls      *tls.Config
}

// newSMTP makes the channel. It refuses to work without TLS except with a server on this
// machine, and reads password and certificates.
func newSMTP(c config.SMTP) (*smtpChannel, error) {
	if c.TLS == "none" && !loopback(c.Host) {
		return nil, fmt.Errorf("notices.smtp.tls: none is for a server on this machine, not for %s", c.Host)
	}
	s := &smtpChannel{config: c, tls: &tls.Config{ServerName: c.Host, MinVersion: tls.VersionTLS12}}
	var err error
	if s.password, err = secret(c.Password, c.PasswordFile); err != nil {
		return nil, fmt.Errorf("notices.smtp.password_file: %w", err)
	}
	if c.User != "" && s.password == "" {
		return nil, errors.New("notices.smtp: there is a user but no password")
	}
	if c.CAFile == "" {
		return s, nil
	}
	if s.tls.RootCAs, err = x509.SystemCertPool(); err != nil {
		s.tls.RootCAs = x509.NewCertPool() // a machine without any
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("notices.smtp.ca_file: %w", err)
	}
	if !s.tls.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("notices.smtp.ca_file: %s holds no certificate", c.CAFile)
	}
	return s, nil
}

// loopback reports whether a host is this machine by its name or address alone.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// secret is a password or key: the one given, or else that of a file, without the line end
// that editors leave. "" = neither is given.
func secret(given, file string) (string, error) {
	if given != "" || file == "" {
		return given, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSecret))
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

func (s *smtpChannel) send(ctx context.Context, m *Message, raw []byte) (string, error) {
	from, to, failed := envelope(m)
	if failed != nil {
		return "", failed
	}
	// Until DATA the caller can stop all of it. The connection keeps the time-out.
	bound, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	conn := &smtpConn{}
	defer conn.close()
	goOn := context.AfterFunc(ctx, conn.interrupt)
	defer goOn()
	client, err := s.dial(bound, conn)
	if err != nil {
		return "", notYet("connect to mail server", err)
	}
	if err := client.Mail(from); err != nil {
		return "", refused("sender", err, true)
	}
	if err := client.Rcpt(to); err != nil {
		failed := refused("recipient", err, false)
		var reply *textproto.Error
		if errors.As(err, &reply) && policy(reply) {
			failed.Fate = FateNotYet
		}
		return "", failed
	}
	if !goOn() {
		return "", notYet("send mail", context.Cause(ctx))
	}
	body, err := client.Data()
	if err != nil {
		return "", refused("mail", err, false)
	}
	// An error before the final dot is written: the server has not got the whole mail.
	if _, err := body.Write(raw); err != nil {
		return "", notYet("send mail", err)
	}
	if err := client.Text.W.Flush(); err != nil {
		return "", notYet("send mail", err)
	}
	if err := body.Close(); err != nil {
		return "", afterDot(err)
	}
	answer := ""
	if d, ok := body.(*smtp.DataCloser); ok {
		answer = d.ServerResponse()
	}
	_ = client.Quit() // the mail is the server's since it said so
	return answer, nil
}

// envelope is who sends and who receives, without names (RFC 5321 §4.1.2).
func envelope(m *Message) (from, to string, failed *SendError) {
	if m.To == "" {
		return "", "", &SendError{Fate: FateRejected, Step: "recipient", Code: codeOf(ErrRecipient), Err: ErrRecipient}
	}
	recipient, err := netmail.ParseAddress(m.To)
	if err != nil {
		return "", "", &SendError{
			Fate: FateRejected, Step: "recipient", Code: codeOf(ErrRecipient), Err: fmt.Errorf("%w: %w", ErrRecipient, err),
		}
	}
	sender, err := netmail.ParseAddress(m.From)
	if err != nil {
		return "", "", notYet("read sender", err)
	}
	return bracketed(sender), bracketed(recipient), nil
}

// bracketed is an address alone, quoted where its local part needs it.
func bracketed(a *netmail.Address) string { return (&netmail.Address{Address: a.Address}).String() }

// dial connects, encrypts and logs in. The connection is conn's, whatever comes of it.
func (s *smtpChannel) dial(ctx context.Context, conn *smtpConn) (*smtp.Client, error) {
	options := []mail.Option{
		mail.WithPort(s.config.Port), mail.WithTimeout(s.config.Timeout), mail.WithTLSConfig(s.tls), mail.WithoutSMTPUTF8(),
		mail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
			return conn.dial(ctx, network, address, s.implicit())
		}),
	}
	switch s.config.TLS {
	case "implicit", "none":
		// The library's own implicit TLS would dial by itself; what conn.dial returns is
		// encrypted already, and STARTTLS must not come on top.
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.config.User != "" {
		// Named, because the library takes CRAM-MD5 and NTLM before PLAIN by itself. PLAIN
		// and LOGIN refuse to work without TLS except on loopback.
		options = append(options, mail.WithUsername(s.config.User), mail.WithPassword(s.password),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin))
	}
	client, err := mail.NewClient(s.config.Host, options...)
	if err != nil {
		return nil, err
	}
	return client.DialToSMTPClientWithContext(ctx)
}

// implicit is the configuration of implicit TLS (RFC 8314 §3.3), nil when there is none.
func (s *smtpChannel) implicit() *tls.Config {
	if s.config.TLS == "implicit" {
		return s.tls
	}
	return nil
}

// refused is an error before the mail was sent. A refusal for good is the message's fault
// unless the step is the same for all messages; everything else is the way's.
func refused(what string, err error, same bool) *SendError {
	failed := notYet(what+" refused", err)
	failed.Step = what
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		failed.Err = fmt.Errorf("connection lost: %w", err)
		return failed
	}
	// 421: the server closes (RFC 5321 §3.8). 530, 535, 538: it wants a log-in (RFC 4954 §6).
	switch reply.Code {
	case 421, 530, 535, 538:
		return failed
	}
	if same {
		return failed
	}
	failed.Down = false
	if reply.Code >= 500 {
		failed.Fate, failed.Refused = FateRejected, true
	}
	return failed
}

// afterDot is an error after the final dot. A reply says that the server has not taken the
// mail (RFC 5321 §4.2.5); without one nobody knows.
func afterDot(err error) *SendError {
	var reply *textproto.Error
	if errors.As(err, &reply) && reply.Code >= 400 && reply.Code < 600 {
		return refused("mail", err, false)
	}
	return &SendError{Fate: FateUnknown, Down: true, Step: "mail", Code: codeOf(err), Err: fmt.Errorf("no answer to the mail: %w", err)}
}

// smtpConn is the connection of one delivery: bounded in time and bytes, whatever the
// library sets. The library leaves it open when it fails, so the channel closes it.
type smtpConn struct {
	net.Conn
	left int64 // bytes that the server may still send

	mu       sync.Mutex
	deadline time.Time
}

// dial connects until ctx ends, which has a deadline: the connection's, too.
func (c *smtpConn) dial(ctx context.Context, network, address string, implicit *tls.Config) (net.Conn, error) {
	var d net.Dialer
	raw, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.Conn, c.left = raw, maxReplies
	if c.deadline.IsZero() { // not interrupted
		c.deadline, _ = ctx.Deadline()
	}
	err = raw.SetDeadline(c.deadline)
	c.mu.Unlock()
	if err != nil || implicit == nil {
		return c, err
	}
	conn := tls.Client(c, implicit)
	return conn, conn.HandshakeContext(ctx)
}

func (c *smtpConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errors.New("the mail server says too much")
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// SetDeadline brings the deadline forward; it never puts it off.
func (c *smtpConn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deadline.IsZero() || t.Before(c.deadline) {
		c.deadline = t
	}
	if c.Conn == nil {
		return nil
	}
	return c.Conn.SetDeadline(c.deadline)
}

// interrupt ends what is under way on the connection, and what is to come.
func (c *smtpConn) interrupt() { _ = c.SetDeadline(time.Unix(1, 0)) }

func (c *smtpConn) close() {
	if c.Conn != nil {
		_ = c.Close()
	}
}
