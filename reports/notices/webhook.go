package notices

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"

	"marketwarden/internal/config"
	"marketwarden/internal/record"
)

const (
	// maxAnswer bounds what is read of a receiver's answer, and maxAnswerHeader of its
	// header, in bytes.
	maxAnswer       = 4 << 10
	maxAnswerHeader = 64 << 10
)

// Payload is the body of a webhook request: one notice. Fields are only ever added.
type Payload struct {
	Reference  string        `json:"reference"` // by which the provider appeals
	Key        string        `json:"key"`       // of the notice; also the header Idempotency-Key
	MessageID  string        `json:"message_id"`
	ProviderID string        `json:"provider_id"`
	Recipient  string        `json:"recipient"` // mail address on file, "" = none
	Lang       string        `json:"lang"`      // zh or en
	Date       time.Time     `json:"date"`
	Deadline   time.Time     `json:"deadline"` // the earliest of the items
	Subject    string        `json:"subject"`
	Text       string        `json:"text"` // the whole notice
	HTML       string        `json:"html"` // the same as a document
	Items      []PayloadItem `json:"items"`
}

// PayloadItem is one confirmed record in a payload.
type PayloadItem struct {
	Fingerprint string         `json:"fingerprint"`
	Rule        string         `json:"rule"`
	Clause      string         `json:"clause"`
	Outcome     record.Outcome `json:"outcome"`
	ListingID   string         `json:"listing_id"` // "" = about the provider as a whole
	Listing     string         `json:"listing"`    // its title
	ListingURL  string         `json:"listing_url"`
	URL         string         `json:"url"` // where it was found
	FirstSeen   time.Time      `json:"first_seen"`
	LastSeen    time.Time      `json:"last_seen"`
	ConfirmedAt time.Time      `json:"confirmed_at"`
	Deadline    time.Time      `json:"deadline"`
}

// webhook is the channel that posts notices to the operator's receiver.
//
// Requests are signed: the header X-Marketwarden-Signature is t=TIME,v1=HEX, where HEX is
// the HMAC-SHA256 under the shared key of TIME (seconds since 1970), a dot and the body.
type webhook struct {
	config config.Webhook
	key    []byte
	now    func() time.Time
	client *http.Client
}

// newWebhook makes the channel. Without a key there is nothing to sign with, and it
// refuses to work.
func newWebhook(c config.Webhook, now func() time.Time) (*webhook, error) {
	key, err := secret(c.Secret, c.SecretFile)
	if err != nil {
		return nil, fmt.Errorf("notices.webhook.secret_file: %w", err)
	}
	if key == "" {
		return nil, errors.New("notices.webhook.secret_file is missing: receivers tell by the signature who sends")
	}
	return &webhook{config: c, key: []byte(key), now: now, client: &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment,
			// A connection of its own for each request: the transport sends a request with an
			// Idempotency-Key again by itself when a kept connection breaks, and then nobody
			// could tell what had been sent.
			DisableKeepAlives:      true,
			MaxResponseHeaderBytes: maxAnswerHeader,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func (w *webhook) send(ctx context.Context, m *Message, _ []byte) (string, error) {
	body, err := json.Marshal(payload(m))
	if err != nil {
		return "", &SendError{Fate: FateRejected, Step: "encode notice", Code: "other", Err: fmt.Errorf("encode notice: %w", err)}
	}
	// Until there is a connection the caller can stop it; then it goes on within its bound.
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.config.Timeout)
	defer cancel()
	goOn := context.AfterFunc(ctx, cancel)
	defer goOn()
	var connected atomic.Bool
	bound = httptrace.WithClientTrace(bound, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
		connected.Store(true)
		goOn()
	}})
	request, err := http.NewRequestWithContext(bound, http.MethodPost, w.config.URL, bytes.NewReader(body))
	if err != nil {
		return "", notYet("make request", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "marketwarden")
	request.Header.Set("Idempotency-Key", m.Key)
	request.Header.Set("X-Marketwarden-Signature", Sign(w.key, w.now(), body))
	response, err := w.client.Do(request)
	if err != nil {
		if !connected.Load() {
			return "", notYet("connect to receiver", err)
		}
		return "", &SendError{
			Fate: FateUnknown, Down: true, Step: "answer", Code: codeOf(err), Err: fmt.Errorf("no answer from receiver: %w", err),
		}
	}
	defer response.Body.Close()
	// The answer is for the record; what the status says holds without it.
	text, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	answer := response.Status
	if len(text) > 0 {
		answer += ": " + string(text)
	}
	if failed := rejected(response.StatusCode, answer); failed != nil {
		return "", failed
	}
	return answer, nil
}

// rejected tells what a status says about the request (RFC 9110 §15), nil when it was
// taken.
func rejected(status int, answer string) *SendError {
	failed := &SendError{Step: "answer", Code: strconv.Itoa(status), Err: fmt.Errorf("receiver answered %s", answer)}
	switch {
	case status >= 200 && status < 300:
		return nil
	case status >= 500 && status != http.StatusServiceUnavailable:
		// It may have taken the notice before it failed.
		return failed
	case status < 400:
		// Redirects are not followed: the address is configured.
		failed.Fate, failed.Down = FateNotYet, true
		return failed
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusProxyAuthRequired, http.StatusGone, http.StatusMisdirectedRequest, // wrong address or key: nothing about the notice
		http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		failed.Fate, failed.Down = FateNotYet, true
		return failed
	}
	failed.Fate, failed.Refused = FateRejected, true
	return failed
}

// Sign returns the value of the header X-Marketwarden-Signature of a body sent at t.
func Sign(key []byte, t time.Time, body []byte) string {
	stamp := strconv.FormatInt(t.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	return "t=" + stamp + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

func payload(m *Message) Payload {
	p := Payload{
		Reference: m.Reference, Key: m.Key, MessageID: m.MessageID, ProviderID: m.ProviderID, Recipient: m.To, Lang: m.Lang,
		Date: m.Date, Deadline: m.Deadline, Subject: m.Subject, Text: m.Text, HTML: m.HTML, Items: []PayloadItem{},
	}
	for i := range m.Items {
		it := &m.Items[i]
		v, f := &it.View, &it.View.Finding
		p.Items = append(p.Items, PayloadItem{
			Fingerprint: v.Fingerprint, Rule: f.Rule, Clause: it.Clause, Outcome: f.Outcome,
			ListingID: f.Subject.ListingID, Listing: v.ListingTitle, ListingURL: it.ListingURL, URL: f.First().URL,
			FirstSeen: v.FirstSeen, LastSeen: v.LastSeen, ConfirmedAt: it.Decision.At, Deadline: it.Deadline,
		})
	}
	return p
}
