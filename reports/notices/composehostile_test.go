package notices

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"marketwarden/internal/record"
)

// hostileTexts are what a page or a feed may put into any field.
func hostileTexts() []string {
	return []string{
		"\x1b[31mred\x1b[2J\x1b]0;title\a", "\u009b31mred",
		"a\r\nBcc: everybody@evil-demo.example\r\n\r\nbody", "a\nX-Evil: 1", "a\rb\u2028c\u2029d\u0085e\vf",
		"a\r\n.\r\nMAIL FROM:<evil@evil-demo.example>", "\r\n--mw-boundary\r\nContent-Type: text/html\r\n\r\n<script>",
		"</td></tr></table><script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "<a href=javascript:alert(1)>x</a>",
		"<!--", "]]>", "{{.}}", "{{template \"x\"}}", "<style>*{display:none}</style>", "</title><meta http-equiv=refresh content=0>",
		"javascript:alert(1)", "http://evil-demo.example/?a=1&b=<2>", "%s%d%!v(MISSING)",
		"abc\u202egnp.exe\u2066x\u2069", "加\u200b微\ufeff信", "a\U000e0041b", "a\x00b\a\b", "ab\xff\xfe\xe4\xb8c",
		"=?utf-8?q?=0D=0ABcc:_x@evil-demo.example?=", `"quoted" <x@evil-demo.example>, y@evil-demo.example`,
		strings.Repeat("长", 5000), strings.Repeat("long text ", 3000), strings.Repeat(" ", 300) + "x" + strings.Repeat(" ", 300), "z" + strings.Repeat("\u0301", 500),
		"】【", "“”", "\t=1+1", "👩\u200d💻👍🏽🇨🇳", "",
	}
}

// poison puts s into every text of the digest, keeping what is ours: rules, outcomes and
// times.
func poison(s string) *Digest { return poisonWith(func() string { return s }) }

// poisonWith puts another text into each.
func poisonWith(next func() string) *Digest {
	d := words1()
	points := 3
	d.Points = &points
	d.Items = append(d.Items, website().Items...)
	fill(reflect.ValueOf(d).Elem(), next)
	for i := range d.Items { // one record each
		d.Items[i].View.Fingerprint += string(rune('a' + i))
		d.Items[i].View.Finding.Subject.ProviderID = d.Provider.ID
	}
	return d
}

func fill(v reflect.Value, next func() string) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "Rule" {
				fill(v.Field(i), next)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			fill(v.Index(i), next)
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() { // outcomes and kinds have types of their own
			v.SetString(next())
		}
	default:
	}
}

func poisoned(o Options, s string) Options {
	o.Market = record.Same(s)
	o.Config.Appeal, o.Config.Sender = s, s
	return o
}

// harmless composes a hostile digest and holds the message to: text that acts on nobody,
// HTML of our own elements alone, and mail with our own header fields alone.
func harmless(t *testing.T, d *Digest, o Options) {
	t.Helper()
	m, err := Compose(d, o)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]string{"subject": m.Subject, "text": m.Text, "HTML": m.HTML, "Message-ID": m.MessageID, "From": m.From, "To": m.To} {
		if len(s) > MaxBody {
			t.Errorf("%s has %d bytes", name, len(s))
		}
		if name != "text" && name != "HTML" && strings.ContainsAny(s, "\r\n") {
			t.Errorf("%s has more than one line: %q", name, s)
		}
		acts(t, name, s)
	}
	inertHTML(t, m.HTML)
	b, err := m.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	text, page := parseMail(t, b)
	if text != m.Text || page != m.HTML {
		t.Error("the bodies of the mail are not those of the message")
	}
}

// acts fails the test where s acts on its reader: a control character, one that is not
// seen, or bytes that are no UTF-8.
func acts(t *testing.T, name, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("%s is no UTF-8", name)
	}
	for _, r := range s {
		if r != '\n' && r != '\u200c' && r != '\u200d' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			t.Errorf("%s has %U", name, r)
			return
		}
	}
}

// inertHTML holds a document to the elements and attributes of our template.
func inertHTML(t *testing.T, s string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	elements := []string{"html", "head", "meta", "title", "body", "div", "h1", "h2", "h3", "h4", "p", "br", "table", "tbody", "tr", "th", "td", "bdi", "mark"}
	attributes := []string{"lang", "charset", "http-equiv", "content", "name", "style", "scope"}
	for n := range doc.Descendants() {
		switch {
		case n.Type == html.CommentNode:
			t.Errorf("HTML has a comment: %q", n.Data)
		case n.Type == html.ElementNode && !slices.Contains(elements, n.Data):
			t.Errorf("HTML has a <%s>", n.Data)
		}
		for _, a := range n.Attr {
			if !slices.Contains(attributes, a.Key) || strings.Contains(a.Val, "url(") || a.Key == "http-equiv" && a.Val != "Content-Security-Policy" {
				t.Errorf("HTML has <%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
	}
}

// parseMail reads a notice as a mail program does and returns its bodies with lines that
// end in LF. Each header field must be there once and be one of ours.
func parseMail(t *testing.T, b []byte) (text, page string) {
	t.Helper()
	for line := range bytes.SplitSeq(b, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n\x00") || bytes.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
			t.Fatalf("mail has a line that RFC 5322 does not allow: %.200q", line)
		}
	}
	msg, err := netmail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	fields := []string{"Auto-Submitted", "Content-Language", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Reply-To", "Subject", "To", "X-Marketwarden-Reference"}
	for name, values := range msg.Header {
		if !slices.Contains(fields, name) || len(values) != 1 {
			t.Errorf("mail has %d of %s: %q", len(values), name, values)
		}
	}
	for _, name := range []string{"From", "To", "Reply-To"} {
		if list, err := msg.Header.AddressList(name); msg.Header.Get(name) != "" && (err != nil || len(list) != 1) {
			t.Errorf("%s is %v: %v", name, list, err)
		}
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("mail is %s: %v", kind, err)
	}
	parts := multipart.NewReader(msg.Body, params["boundary"])
	text, page = part(t, parts, "text/plain"), part(t, parts, "text/html")
	if _, err := parts.NextPart(); err != io.EOF {
		t.Errorf("mail has a third part, or %v", err)
	}
	return text, page
}

func part(t *testing.T, parts *multipart.Reader, want string) string {
	t.Helper()
	p, err := parts.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	if kind, params, err := mime.ParseMediaType(p.Header.Get("Content-Type")); err != nil || kind != want || !strings.EqualFold(params["charset"], "utf-8") {
		t.Errorf("part is %s %v: %v", kind, params, err)
	}
	body, err := io.ReadAll(decoded(p))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Count(body, []byte("\n")) != bytes.Count(body, []byte("\r\n")) {
		t.Errorf("lines of %s do not end in CRLF", want)
	}
	return strings.ReplaceAll(string(body), "\r\n", "\n")
}

func TestHostileTextStaysInert(t *testing.T) {
	t.Parallel()
	o := options(t)
	lines := strings.Count(compose(t, poison("x"), poisoned(o, "x")).Text, "\n")
	for _, s := range hostileTexts() {
		for _, lang := range []string{"zh", "en"} {
			d := poison(s)
			d.Lang = lang
			harmless(t, d, poisoned(o, s))
			if got := strings.Count(compose(t, d, poisoned(o, s)).Text, "\n"); got > lines {
				t.Errorf("%.60q adds lines to the text: %d instead of %d", s, got, lines)
			}
			if t.Failed() {
				t.Fatalf("with %.200q in %s", s, lang)
			}
		}
	}
}

// TestHostileCollections holds notices against the collected attacks.
func TestHostileCollections(t *testing.T) {
	t.Parallel()
	root := os.Getenv("MARKETWARDEN_REAL_DATA")
	if root == "" {
		t.Skip("MARKETWARDEN_REAL_DATA is not set: the collected hostile texts were not put into notices")
	}
	var texts []string
	for _, name := range []string{"MarioXSSVectors.txt", "RSNAKE_XSS.txt", "XSS_Polyglots.txt", "blns.txt", "csv-formulas.txt"} {
		b, err := os.ReadFile(filepath.Join(root, "hostile", name))
		if err != nil {
			t.Fatal(err)
		}
		texts = slices.AppendSeq(texts, strings.Lines(string(b)))
	}
	if len(texts) == 0 {
		t.Fatal("no hostile texts found")
	}
	// Each notice has another text in each field; a few notices on, a text is in another.
	o := options(t)
	for start := 0; start < len(texts); start += 5 {
		k := start
		next := func() string { k++; return texts[k%len(texts)] }
		if harmless(t, poisonWith(next), poisoned(o, texts[start])); t.Failed() {
			t.Fatalf("with the texts from %d on: %.300q", start, texts[start])
		}
	}
	t.Logf("%d texts, nothing acts", len(texts))
}

func compose(tb testing.TB, d *Digest, o Options) *Message {
	tb.Helper()
	m, err := Compose(d, o)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func FuzzCompose(f *testing.F) {
	for _, s := range hostileTexts() {
		f.Add(s, 1, 3, "en")
	}
	o := options(f)
	f.Fuzz(func(t *testing.T, s string, from, to int, lang string) {
		d := poison(s)
		d.Lang = lang
		for i := range d.Items {
			for k := range d.Items[i].View.Finding.Occurrences {
				d.Items[i].View.Finding.Occurrences[k].Mark = [2]int{from, to}
			}
		}
		harmless(t, d, poisoned(o, s))
	})
}
