package notices

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"

	"github.com/wneessen/go-mail"
	"golang.org/x/net/idna"

	"marketwarden/internal/market"
	"marketwarden/internal/safetext"
)

// ErrRecipient says that there is no address that mail can be sent to. Trying again is no
// use before somebody corrects what is on file.
var ErrRecipient = errors.New("no address that mail can be sent to")

// noDomain names what has no domain of its own; RFC 2606 §2 keeps it from ever existing.
const noDomain = "marketwarden.invalid"

// Bounds of addresses (RFC 5321 §4.5.3.1), and of the names before them, in characters.
const (
	maxLocal   = 64
	maxAddress = 254
	maxName    = 60
)

// headerReference is the header field that carries the reference for machines.
const headerReference mail.Header = "X-Marketwarden-Reference"

// Address is the recipient's mail address as header fields have it (RFC 5322 §3.4), with
// the provider's name before it and the domain in ASCII. The error is ErrRecipient.
//
// One address with or without a name is understood. What needs more than today's mail
// servers can be relied on to do is refused: local parts that are not ASCII (RFC 6531)
// and domains that are IP addresses in brackets.
func (r Recipient) Address() (string, error) {
	a, err := address(r.Email)
	if err != nil {
		return "", fmt.Errorf("%w: %q: %w", ErrRecipient, cut(r.Email, maxAddress), err)
	}
	a.Name = displayName(r.Name)
	return a.String(), nil
}

// address reads one mail address.
func address(s string) (*netmail.Address, error) {
	if len(s) > 4*maxAddress { // a name may stand before it
		return nil, errors.New("too long")
	}
	a, err := netmail.ParseAddress(strings.TrimSpace(s))
	if err != nil {
		return nil, fmt.Errorf("read address: %w", err)
	}
	at := strings.LastIndexByte(a.Address, '@') // ParseAddress insists on one
	local, domain := a.Address[:at], a.Address[at+1:]
	if len(local) > maxLocal || strings.ContainsFunc(local, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, errors.New("the part before the @ is too long or not plain ASCII")
	}
	if domain, err = idna.Lookup.ToASCII(domain); err != nil {
		return nil, fmt.Errorf("read domain: %w", err)
	}
	if domain == "" || len(local)+1+len(domain) > maxAddress {
		return nil, errors.New("the part after the @ is missing or too long")
	}
	a.Address = local + "@" + domain
	return a, nil
}

// displayName is a name as it may stand before an address: one line, short, without runs
// of spaces, at which header fields are folded, and without backslashes, which net/mail
// lets into encoded words though RFC 2047 §5 (3) does not.
func displayName(name string) string {
	return strings.ReplaceAll(oneLine(name, maxName), `\`, "/")
}

// MessageID is the Message-ID of the notice with that key (RFC 5322 §3.6.4), with angle
// brackets. It follows from the key and the sender's domain alone, so that a notice that
// is made out again keeps it. A from that is empty or unreadable stands for no domain.
func MessageID(key, from string) string {
	domain := noDomain
	if a, err := address(from); err == nil {
		domain = a.Address[strings.LastIndexByte(a.Address, '@')+1:]
	}
	sum := sha256.Sum256([]byte(key))
	return "<" + hex.EncodeToString(sum[:16]) + "@" + domain + ">"
}

// Mail returns the message as mail to To, which has to be there (ErrRecipient).
func (m *Message) Mail() (*mail.Msg, error) {
	if m.To == "" {
		return nil, fmt.Errorf("notice %s: %w", m.Reference, ErrRecipient)
	}
	return m.mail()
}

// Bytes returns the message as a mail file (RFC 5322, lines end in CRLF). The same message
// has the same bytes. Without To the file has no such header field, which is well for a
// folder and no mail server would take.
func (m *Message) Bytes() ([]byte, error) {
	msg, err := m.mail()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("write notice %s as mail: %w", m.Reference, err)
	}
	return b.Bytes(), nil
}

func (m *Message) mail() (*mail.Msg, error) {
	// Base64 keeps every byte and is half as long as quoted-printable is for Chinese.
	msg := mail.NewMsg(mail.WithEncoding(mail.EncodingB64), mail.WithNoDefaultUserAgent(), mail.WithBoundary(m.boundary()))
	from, err := address(cmp.Or(m.From, "notices@"+noDomain))
	if err != nil {
		return nil, fmt.Errorf("notice %s: sender %q: %w", m.Reference, m.From, err)
	}
	msg.FromMailAddress(from)
	if m.To != "" {
		to, err := address(m.To)
		if err != nil {
			return nil, fmt.Errorf("notice %s: %w: %w", m.Reference, ErrRecipient, err)
		}
		msg.SetAddrHeaderFromMailAddress(mail.HeaderTo, to)
	}
	if m.ReplyTo != "" {
		replyTo, err := address(m.ReplyTo)
		if err != nil {
			return nil, fmt.Errorf("notice %s: reply address %q: %w", m.Reference, m.ReplyTo, err)
		}
		msg.ReplyToMailAddress(replyTo)
	}
	msg.SetDateWithValue(m.Date.In(market.Shanghai))
	msg.SetMessageIDWithValue(strings.Trim(m.MessageID, "<>"))
	msg.Subject(oneLine(m.Subject, maxSubject))
	msg.SetGenHeader(mail.HeaderContentLang, language(m.Lang))
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5: no robot answers
	msg.SetGenHeader(headerReference, oneLine(m.Reference, maxSubject))
	msg.SetBodyString(mail.TypeTextPlain, crlf(m.Text))
	msg.AddAlternativeString(mail.TypeTextHTML, crlf(m.HTML))
	return msg, nil
}

// oneLine is a text as the value of a header field, at most n characters of it.
func oneLine(s string, n int) string {
	return strings.Join(strings.Fields(safetext.Line(cut(s, n))), " ")
}

// boundary parts the bodies. It follows from the message, and since it holds a hyphen,
// which Base64 has not, it stands in no body.
func (m *Message) boundary() string {
	sum := sha256.Sum256([]byte(m.Key + "\x00" + m.Text + "\x00" + m.HTML))
	return "mw-" + hex.EncodeToString(sum[:16])
}

// crlf ends lines as mail does (RFC 2046 §4.1.1).
func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// language is the tag of one of our languages (RFC 5646).
func language(lang string) string {
	if lang == "en" {
		return "en"
	}
	return "zh-CN"
}
