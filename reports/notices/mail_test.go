package notices

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func decoded(p *multipart.Part) io.Reader {
	if strings.EqualFold(p.Header.Get("Content-Transfer-Encoding"), "base64") {
		return base64.NewDecoder(base64.StdEncoding, p)
	}
	return p
}

func TestMailIsWhatWasComposed(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string]map[string]string{
		"zh": {"Content-Language": "zh-CN", "Subject": "[MW-2026-000123] 示例云市场：请于 2026-09-30（含）前整改，共 3 项"},
		"en": {"Content-Language": "en", "Subject": "[MW-2026-000123] Demo Marketplace: please mend by the end of 2026-09-30, items: 3"},
	} {
		want["From"] = `"合规团队" <compliance@market-demo.example>`
		want["To"] = `"青松数据有限公司" <ops@qingsong-demo.example>`
		want["Reply-To"] = "<appeals@market-demo.example>"
		want["Auto-Submitted"] = "auto-generated"
		want["X-Marketwarden-Reference"] = "MW-2026-000123"
		want["Date"] = "Thu, 24 Sep 2026 09:00:00 +0800"
		want["Message-Id"] = MessageID("P001/42", "x@market-demo.example")
		d := words1()
		d.Lang = lang
		m := compose(t, d, options(t))
		b, err := m.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		text, page := parseMail(t, b)
		if diff := cmp.Diff(m.Text, text); diff != "" {
			t.Errorf("text (-want +got)\n%s", diff)
		}
		if diff := cmp.Diff(m.HTML, page); diff != "" {
			t.Errorf("HTML (-want +got)\n%s", diff)
		}
		msg, err := netmail.ReadMessage(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for name := range want {
			if got[name], err = new(mime.WordDecoder).DecodeHeader(msg.Header.Get(name)); err != nil {
				t.Error(err)
			}
		}
		for _, name := range []string{"From", "To", "Reply-To"} {
			a, err := netmail.ParseAddress(msg.Header.Get(name))
			if err != nil {
				t.Fatal(err)
			}
			got[name] = strings.TrimSpace(`"` + a.Name + `" <` + a.Address + ">")
			got[name] = strings.TrimPrefix(got[name], `"" `)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("header (-want +got)\n%s", diff)
		}
	}
}

func TestSameMessageSameBytes(t *testing.T) {
	t.Parallel()
	var all [][]byte
	for range 2 {
		m := compose(t, words1(), options(t))
		for range 2 {
			b, err := m.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, b)
		}
		msg, err := m.Mail()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := msg.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		all = append(all, b.Bytes())
	}
	for _, b := range all[1:] {
		if !bytes.Equal(all[0], b) {
			t.Fatal("the same message has different bytes")
		}
	}
}

func TestRecipients(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, email, want string }{
		{"Green Pine", "ops@qingsong-demo.example", `"Green Pine" <ops@qingsong-demo.example>`},
		{"", " ops@qingsong-demo.example\n", "<ops@qingsong-demo.example>"},
		{"青松", "ops@qingsong-demo.example", "=?utf-8?q?=E9=9D=92=E6=9D=BE?= <ops@qingsong-demo.example>"},
		{`a" <b@evil-demo.example>, "`, "ops@qingsong-demo.example", `"a\" <b@evil-demo.example>, \"" <ops@qingsong-demo.example>`},
		{"a\r\nBcc: b@evil-demo.example", "ops@qingsong-demo.example", `"a Bcc: b@evil-demo.example" <ops@qingsong-demo.example>`},
		{"P", "Somebody <ops@qingsong-demo.example>", `"P" <ops@qingsong-demo.example>`},
		{"P", "ops@青松数据.example", `"P" <ops@xn--vxup8bc7bk85g.example>`},
		{"P", "ops@ＱＩＮＧＳＯＮＧ．example", `"P" <ops@qingsong.example>`},
		{"P", `"a b"@qingsong-demo.example`, `"P" <"a b"@qingsong-demo.example>`},
		{"P", "", ""},
		{"P", "ops", ""},
		{"P", "a@b.example, c@d.example", ""},
		{"P", "a@b.example; c@d.example", ""},
		{"P", "ops@", ""},
		{"P", "ops@[127.0.0.1]", ""},
		{"P", "运营@qingsong-demo.example", ""},
		{"P", "a\r\nRCPT TO:<x@evil-demo.example>@b.example", ""},
		{"P", "ops@b.example\r\nBcc: x@evil-demo.example", ""},
		{"P", "\"a\r\n b\"@b.example", ""},
		{"P", "\"a\x00b\"@b.example", ""},
		{"P", "\"a\\\x7fb\"@b.example", ""},
		{"P", "ops@b..example", ""},
		{"P", "ops@b.example\x00", ""},
		{"P", strings.Repeat("a", 65) + "@b.example", ""},
		{"P", "a@" + strings.Repeat("b.", 130) + "example", ""},
		{"P", strings.Repeat("(", 900) + "a@b.example", ""},
		{"P", strings.Repeat("(", 900_000), ""},
		{"P", "ops@b.example\u202e", ""},
	} {
		got, err := Recipient{Name: test.name, Email: test.email}.Address()
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%.80q (-want +got)\n%s", test.email, diff)
		}
		if failed := errors.Is(err, ErrRecipient); failed != (test.want == "") || err != nil && !failed {
			t.Errorf("%.80q: error %v", test.email, err)
		}
		d := words1()
		d.Provider.Name, d.Provider.Email = test.name, test.email
		m := compose(t, d, options(t))
		if _, err := m.Mail(); errors.Is(err, ErrRecipient) != (test.want == "") {
			t.Errorf("%.80q as mail: error %v", test.email, err)
		}
		b, err := m.Bytes() // a folder takes notices to nobody, too
		if err != nil {
			t.Fatal(err)
		}
		parseMail(t, b)
	}
}

func TestBadAddressesOfMessages(t *testing.T) {
	t.Parallel()
	good := compose(t, words1(), options(t))
	to, from, reply := *good, *good, *good
	to.To, from.From, reply.ReplyTo = "a@b.example, c@d.example", "nobody", "nobody"
	if _, err := to.Bytes(); !errors.Is(err, ErrRecipient) {
		t.Errorf("recipient: %v", err)
	}
	for _, m := range []*Message{&from, &reply} {
		if _, err := m.Bytes(); err == nil || errors.Is(err, ErrRecipient) {
			t.Errorf("sender: %v, want an error that is not the recipient's", err)
		}
	}
	o := options(t)
	o.Config.From, o.Config.ReplyTo = "", ""
	m := compose(t, words1(), o)
	b, err := m.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	parseMail(t, b)
	if !strings.Contains(string(b), "marketwarden.invalid") {
		t.Error("a notice without a sender needs a From that cannot exist")
	}
}

func TestMessageID(t *testing.T) {
	t.Parallel()
	one := MessageID("P001/42", "Team <compliance@Market-Demo.example>")
	for _, test := range []struct {
		key, from string
		same      bool
	}{
		{"P001/42", "other@market-demo.example", true},
		{"P001/42", "compliance@elsewhere-demo.example", false},
		{"P001/43", "compliance@market-demo.example", false},
		{"P001/42/2", "compliance@market-demo.example", false},
		{"P001/42", "", false},
	} {
		if got := MessageID(test.key, test.from); (got == one) != test.same {
			t.Errorf("MessageID(%q, %q) = %s beside %s", test.key, test.from, got, one)
		}
	}
	for _, from := range []string{"", "nobody", "x@\r\nBcc: y"} {
		if got := MessageID("k\r\n", from); !strings.HasSuffix(got, "@marketwarden.invalid>") || strings.ContainsAny(got, "\r\n") {
			t.Errorf("MessageID without a domain is %q", got)
		}
	}
}
