package notices

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

// Fate is what is known about a message that a channel could not confirm.
type Fate int

// Fates. The zero value is the careful one.
const (
	FateUnknown  Fate = iota // it may have been sent
	FateNotYet               // it certainly was not sent; another time it may be
	FateRejected             // it certainly was not sent, and never will be as it is
)

// SendError is why a channel could not confirm that it sent a message.
type SendError struct {
	Fate Fate
	// Down says that the way is at fault and not the message: trying others now is no use.
	Down bool
	// Refused says that the other side refused this message for good. Many of these in a row
	// are the way's fault, whatever each of them says.
	Refused bool
	// Step and Code are what may be logged: what was being done, and a code in our words or
	// the other side's numbers.
	Step, Code string
	// Err has the words of the other side and may hold addresses: it is for the record alone.
	Err error
}

func (e *SendError) Error() string { return e.Err.Error() }

func (e *SendError) Unwrap() error { return e.Err }

// notYet is a failure of the way to the other side, before anything was sent.
func notYet(op string, err error) *SendError {
	return &SendError{Fate: FateNotYet, Down: true, Step: op, Code: codeOf(err), Err: fmt.Errorf("%s: %w", op, err)}
}

// enhanced is the enhanced status code that a mail server's words may begin with (RFC 3463
// §2), and the digits of its subject and detail.
var enhanced = regexp.MustCompile(`^[245]\.(\d{1,3})\.(\d{1,3})\b`)

// codeOf is a code for an error that holds nothing of what others said but numbers.
func codeOf(err error) string {
	var reply *textproto.Error
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var number syscall.Errno
	var timeout net.Error
	switch {
	case errors.Is(err, ErrRecipient):
		return "no_address"
	case errors.As(err, &reply):
		return strings.TrimSpace(strconv.Itoa(reply.Code) + " " + enhanced.FindString(reply.Msg))
	case errors.As(err, &certificate):
		return "certificate"
	case errors.Is(err, context.Canceled):
		return "stopped"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case errors.As(err, &dns):
		return "dns"
	case errors.As(err, &number):
		return number.Error() // fixed words of the system
	}
	return "other"
}

// policy reports whether a mail server that refuses a recipient for good speaks of who
// sends and not of the recipient: the codes of security and policy (RFC 3463 §3.8), as of a
// relay that does not know us, but for those of mailboxes and domains that changed hands
// (RFC 7293).
func policy(reply *textproto.Error) bool {
	code := enhanced.FindStringSubmatch(reply.Msg)
	return reply.Code >= 500 && code != nil && code[1] == "7" && code[2] != "17" && code[2] != "18"
}
