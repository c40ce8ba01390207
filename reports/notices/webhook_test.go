package notices

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/config"
	"marketwarden/internal/record"
)

// receiver is a real receiver of webhooks that answers with a status, or as told.
type receiver struct {
	status int
	then   func(http.ResponseWriter, *http.Request)

	mu   sync.Mutex
	got  []Payload
	keys []string
}

// TestWebhook: what arrives is signed, whole and arrives once.
func TestWebhook(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)
	r := &receiver{status: http.StatusNoContent}
	o := webhookOf(t, r, 1)
	o.Now = func() time.Time { return now }
	counts, err := o.Deliver(t.Context())
	if err != nil || counts != (Counts{Sent: 1}) {
		t.Fatalf("%+v, %v", counts, err)
	}
	n := only(t, o.Store)
	m := plainNotice(&n)
	want := Payload{
		Reference: n.Reference, Key: "p1/1", MessageID: m.MessageID, ProviderID: "p1", Recipient: "p1@example.com", Lang: "zh",
		Date: m.Date, Subject: m.Subject, Text: m.Text, HTML: m.HTML, Items: []PayloadItem{},
	}
	payloads, keys := r.seen()
	if diff := cmp.Diff([]Payload{want}, payloads); diff != "" {
		t.Errorf("payload (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"p1/1"}, keys); diff != "" {
		t.Errorf("keys (-want +got)\n%s", diff)
	}
}

// webhookOf starts a receiver and an outbox that sends to it.
func webhookOf(t *testing.T, r *receiver, notices int) *Outbox {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return // cut off
		}
		r.verify(t, request, body)
		if r.then != nil {
			r.then(w, request)
			return
		}
		w.WriteHeader(r.status)
		_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
	}))
	t.Cleanup(server.Close)
	c := settings(config.ChannelWebhook)
	c.RetryWait = time.Hour
	c.Webhook.URL, c.Webhook.SecretFile = server.URL+"/notices", passwordFile(t, "key")
	return outboxOf(t, notices, c)
}

// verify checks a request as docs/notices.md tells receivers to.
func (r *receiver) verify(t *testing.T, request *http.Request, body []byte) {
	t.Helper()
	signature := request.Header.Get("X-Marketwarden-Signature")
	stamp, _, _ := strings.Cut(strings.TrimPrefix(signature, "t="), ",")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || Sign([]byte("key"), time.Unix(seconds, 0), body) != signature {
		t.Errorf("signature %q is not of this body", signature)
	}
	if Sign([]byte("other"), time.Unix(seconds, 0), body) == signature || Sign([]byte("key"), time.Unix(seconds+1, 0), body) == signature {
		t.Error("the signature does not depend on key and time")
	}
	var p Payload
	if err := json.Unmarshal(body, &p); err != nil || request.Method != http.MethodPost || request.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s of %s: %v", request.Method, request.Header.Get("Content-Type"), err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got, r.keys = append(r.got, p), append(r.keys, request.Header.Get("Idempotency-Key"))
}

// seen is what arrived so far.
func (r *receiver) seen() (payloads []Payload, keys []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got), slices.Clone(r.keys)
}

func TestWebhookAnswers(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]Counts{ // of two notices
		200: {Sent: 2}, 202: {Sent: 2},
		301: {PutOff: 1, Left: 1}, 307: {PutOff: 1, Left: 1},
		400: {Failed: 2}, 409: {Failed: 2}, 413: {Failed: 2}, 422: {Failed: 2},
		401: {PutOff: 1, Left: 1}, 403: {PutOff: 1, Left: 1}, 404: {PutOff: 1, Left: 1}, 410: {PutOff: 1, Left: 1},
		408: {PutOff: 1, Left: 1}, 425: {PutOff: 1, Left: 1}, 429: {PutOff: 1, Left: 1}, 503: {PutOff: 1, Left: 1},
		500: {Unknown: 2}, 502: {Unknown: 2}, 504: {Unknown: 2},
	} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			r := &receiver{then: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
			}}
			o := webhookOf(t, r, 2)
			counts, err := o.Deliver(t.Context())
			if diff := cmp.Diff(want, counts); diff != "" || err != nil {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
			if asked, _ := r.seen(); len(asked) != 2-want.Left {
				t.Errorf("asked %d times", len(asked))
			}
		})
	}
}

// TestWebhookTrouble: without an answer nobody knows, but what was never connected to has
// received nothing.
func TestWebhookTrouble(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		then func(http.ResponseWriter, *http.Request)
		want Counts
	}{
		"time-out": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, Counts{Unknown: 1}},
		"cut off":  {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, Counts{Unknown: 1}},
		"nobody":   {nil, Counts{PutOff: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &receiver{then: tt.then, status: 200}
			o := webhookOf(t, r, 1)
			o.Config.Webhook.Timeout = 300 * time.Millisecond
			if name == "nobody" {
				o.Config.Webhook.URL = "http://" + closedPort(t)
			}
			counts, err := o.Deliver(t.Context())
			if diff := cmp.Diff(tt.want, counts); diff != "" || err != nil {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
			if again, err := o.Deliver(t.Context()); err != nil || again != (Counts{}) {
				t.Errorf("the next delivery did %+v, %v", again, err)
			}
			if asked, _ := r.seen(); len(asked) > 1 {
				t.Error("it was asked twice")
			}
		})
	}
}

// closedPort is an address of this machine at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // of a test
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestWebhookNeedsKey: unsigned requests are not sent.
func TestWebhookNeedsKey(t *testing.T) {
	t.Parallel()
	o := &Outbox{Config: settings(config.ChannelWebhook)}
	if _, err := o.Deliver(t.Context()); err == nil || !strings.Contains(err.Error(), "secret_file") {
		t.Errorf("without a key: %v", err)
	}
}

// TestPayloadItems: what machines are told about each record.
func TestPayloadItems(t *testing.T) {
	t.Parallel()
	first, last := time.Unix(1, 0).UTC(), time.Unix(2, 0).UTC()
	m := &Message{Items: []Item{{
		View: record.View{
			Record: record.Record{Fingerprint: "f", FirstSeen: first, LastSeen: last, Finding: record.Finding{
				Rule: "external-link", Outcome: record.Violation, Subject: record.Subject{ListingID: "l1"},
				Occurrences: []record.Occurrence{{URL: "https://m/l1"}},
			}},
			ListingTitle: "Title",
		},
		Decision: record.Decision{At: last, Who: "ann"}, ListingURL: "https://m/listing", Clause: "10(5)", Deadline: last,
	}}}
	want := []PayloadItem{{
		Fingerprint: "f", Rule: "external-link", Clause: "10(5)", Outcome: record.Violation, ListingID: "l1", Listing: "Title",
		ListingURL: "https://m/listing", URL: "https://m/l1", FirstSeen: first, LastSeen: last, ConfirmedAt: last, Deadline: last,
	}}
	if diff := cmp.Diff(want, payload(m).Items); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
