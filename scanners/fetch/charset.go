package fetch

import (
	"bytes"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// maxMetaBytes is how far into a page a charset declaration is looked for. Browsers stop
// at 1,024 bytes, but pages that declare it behind a long comment or script exist and
// are read right by their visitors, whose browsers guess.
const maxMetaBytes = 16 << 10

// How a charset was decided, as Decode and Visit.CharsetBy report it.
const (
	ByBOM      = "bom"     // a byte order mark
	ByValid    = "valid"   // the bytes are UTF-8, whatever was declared
	ByHeader   = "header"  // declared by the Content-Type header, and it decodes
	ByMeta     = "meta"    // declared in the page, and it decodes
	ByContent  = "content" // nothing declared decodes; the bytes look like it
	ByFallback = "fallback"
)

// Decode turns the bytes of a page into UTF-8. contentType is the Content-Type header,
// "" when unknown. It returns the text without byte order mark, the charset's name
// ("utf-8", "gb18030", "windows-1252", …) and how it was decided (one of the By…
// constants). The text is always valid UTF-8; it may share memory with raw.
//
// Servers and pages often declare a charset that is not theirs, so a declaration counts
// only when the bytes agree:
//
//  1. a byte order mark decides;
//  2. bytes that are valid UTF-8 are UTF-8 (up to a few broken ones among many sound);
//  3. else the first of header, page declarations (in the first 16 KB), gb18030 that
//     decodes without a broken character;
//  4. else the first of the same that decodes with few broken characters: one Chinese
//     character cut in half by a template must not garble a whole page;
//  5. else windows-1252.
//
// gb2312 and gbk are always read as gb18030, which contains both. A declaration of
// Latin-1, which decodes anything and is many servers' default, does not count when the
// bytes read as Chinese. A multi-byte character cut at the very end, as the body limit
// does, is dropped and spoils nothing.
func Decode(raw []byte, contentType string) (text []byte, name, how string) {
	if enc := bomEncoding(raw); enc != nil {
		out, _ := decodeWith(enc, raw)
		name = "utf-16le"
		if raw[0] == 0xFE {
			name = "utf-16be"
		}
		return bytes.TrimPrefix(out, []byte("\ufeff")), name, ByBOM
	}
	if body, ok := bytes.CutPrefix(raw, []byte("\xef\xbb\xbf")); ok {
		return toValid(trimTail(body)), "utf-8", ByBOM
	}
	body := trimTail(raw)
	if utf8.Valid(body) { // nearly all pages
		return body, "utf-8", ByValid
	}
	if mostlyUTF8(body) {
		return toValid(body), "utf-8", ByValid
	}

	candidates := declared(raw, contentType)
	candidates = append(candidates, candidate{"gb18030", ByContent, simplifiedchinese.GB18030})
	chinese := readsAsGB(raw)
	var tolerable []byte
	var second candidate
	for _, c := range candidates {
		if c.name == "windows-1252" && chinese {
			continue
		}
		out, quality := decodeWith(c.enc, raw)
		if quality == clean {
			return out, c.name, c.how
		}
		if quality == fair && tolerable == nil {
			tolerable, second = out, c
		}
	}
	if tolerable != nil {
		return tolerable, second.name, second.how
	}
	enc, _ := charset.Lookup("windows-1252")
	out, _ := decodeWith(enc, raw)
	return out, "windows-1252", ByFallback
}

// bomEncoding returns UTF-16 in the byte order its mark tells, nil without such a mark.
func bomEncoding(raw []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(raw, []byte{0xFE, 0xFF}):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case bytes.HasPrefix(raw, []byte{0xFF, 0xFE}):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	}
	return nil
}

// trimTail drops a multi-byte UTF-8 character that is cut at the end.
func trimTail(b []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		tail := b[len(b)-i:]
		if utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// toValid replaces broken bytes. Sound text, the common case, is not copied.
func toValid(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	return bytes.ToValidUTF8(b, []byte("\ufffd"))
}

// mostlyUTF8 reports whether b is UTF-8, tolerating one broken byte in twenty multi-byte
// characters: no text in another encoding comes near that.
func mostlyUTF8(b []byte) bool {
	sound, broken := 0, 0
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			broken++
		case n > 1:
			sound++
		}
		b = b[n:]
	}
	return broken*20 <= sound
}

// readsAsGB reports whether b reads as Chinese in a GB encoding: hardly a broken pair, and
// nearly all bytes above ASCII come in pairs of two such bytes, which Latin text with
// its lonely accented letters does not.
func readsAsGB(b []byte) bool {
	pairs, odd := 0, 0
	for i := 0; i < len(b); i++ {
		if b[i] < 0x80 {
			continue
		}
		if i+1 < len(b) && b[i] >= 0xA1 && b[i] <= 0xF7 && b[i+1] >= 0xA1 && b[i+1] != 0xFF {
			pairs++
			i++
			continue
		}
		odd++
	}
	return pairs >= 2 && odd*10 <= pairs
}

// candidate is a charset somebody claims for the bytes.
type candidate struct {
	name, how string
	enc       encoding.Encoding
}

// declared lists the charsets the header and the page declare, in that order.
func declared(raw []byte, contentType string) []candidate {
	var out []candidate
	add := func(label, how string) {
		enc, name := charset.Lookup(label)
		switch name {
		case "":
			return
		case "gbk": // WHATWG's name of gb2312 and gbk
			enc, name = simplifiedchinese.GB18030, "gb18030"
		case "utf-16le", "utf-16be":
			// A page that can be read so far is not UTF-16, and UTF-8 was tried.
			return
		case "replacement", "x-user-defined":
			return
		}
		out = append(out, candidate{name, how, enc})
	}
	add(charsetParam(contentType), ByHeader)
	for _, label := range metaCharsets(raw[:min(len(raw), maxMetaBytes)]) {
		add(label, ByMeta)
	}
	return out
}

// charsetParam is the charset parameter of a content type, also of one that is not well
// formed, such as "text/html charset=gbk".
func charsetParam(contentType string) string {
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		return params["charset"]
	}
	_, label, ok := strings.Cut(strings.ToLower(contentType), "charset")
	if !ok {
		return ""
	}
	label = strings.TrimLeft(label, "= \t\"'")
	if end := strings.IndexAny(label, "; \t,\"'"); end >= 0 {
		label = label[:end]
	}
	return label
}

// metaCharsets lists the charsets the page's head declares: an XML declaration, meta
// charset and meta http-equiv. Two that contradict each other are both tried.
func metaCharsets(head []byte) []string {
	const maxDeclarations = 8
	var labels []string
	if rest, ok := bytes.CutPrefix(bytes.TrimLeft(head, "\r\n\t "), []byte("<?xml")); ok {
		decl, _, _ := bytes.Cut(rest, []byte("?>"))
		if _, label, ok := strings.Cut(string(decl), "encoding"); ok {
			label = strings.TrimLeft(label, "= \t\"'")
			if end := strings.IndexAny(label, "\"' \t"); end >= 0 {
				labels = append(labels, label[:end])
			}
		}
	}
	z := html.NewTokenizer(bytes.NewReader(head))
	for len(labels) < maxDeclarations {
		switch z.Next() {
		case html.ErrorToken:
			return labels
		case html.StartTagToken, html.SelfClosingTagToken:
			name, hasAttr := z.TagName()
			if string(name) != "meta" || !hasAttr {
				continue
			}
			if label := metaCharset(z); label != "" {
				labels = append(labels, label)
			}
		case html.TextToken, html.EndTagToken, html.CommentToken, html.DoctypeToken:
		}
	}
	return labels
}

// metaCharset reads the charset out of the attributes of one <meta>.
func metaCharset(z *html.Tokenizer) string {
	content, label := "", ""
	for more := true; more; {
		var key, val []byte
		key, val, more = z.TagAttr()
		switch string(key) {
		case "charset":
			label = strings.TrimSpace(string(val))
		case "content":
			content = string(val)
		}
	}
	if label != "" {
		return label
	}
	return charsetParam(content)
}

// quality tells how well bytes decode.
type quality int

const (
	poor  quality = iota
	fair          // a broken character in fifty
	clean         // no broken character
)

// decodeWith decodes raw and says how well that went. A broken character at the very end
// is a cut one and is dropped.
func decodeWith(enc encoding.Encoding, raw []byte) ([]byte, quality) {
	out, err := enc.NewDecoder().Bytes(raw)
	if err != nil {
		return toValid(raw), poor
	}
	out = bytes.TrimSuffix(out, []byte("\ufffd"))
	broken := bytes.Count(out, []byte("\ufffd"))
	switch {
	case broken == 0:
		return out, clean
	case broken*50 <= nonASCII(out):
		return out, fair
	}
	return out, poor
}

// nonASCII counts the characters of b above ASCII.
func nonASCII(b []byte) int {
	n := 0
	for _, c := range b {
		if c >= 0xC0 {
			n++
		}
	}
	return n
}
