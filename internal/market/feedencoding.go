package market

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// FeedEncoding is how the characters of a feed are written.
type FeedEncoding string

// Encodings of feeds.
const (
	EncodingUTF8    FeedEncoding = "UTF-8"
	EncodingGB18030 FeedEncoding = "GB18030" // GBK and GB2312 are parts of it
)

// FeedFacts is what one look through the bytes of a feed tells.
type FeedFacts struct {
	Encoding FeedEncoding
	BOM      bool
	Bytes    int64
	SHA256   string // of the bytes, in hex
}

// Sentinels of encodings.
var (
	errUTF16    = errors.New("the file is UTF-16: save it as UTF-8")
	errEncoding = errors.New("the file is neither UTF-8 nor GB18030")
	errNUL      = errors.New("the file holds NUL bytes: it is no text")
)

const lookBuffer = 256 << 10

// Inspect reads src to its end and decides the encoding: what a byte order mark says;
// else UTF-8 if all of it is valid; else GB18030 if all of it decodes; else it answers a
// *FeedError. It leaves src at its start. Memory does not grow with the feed.
func Inspect(name string, src io.ReadSeeker) (FeedFacts, error) {
	var f FeedFacts
	bad := func(reason error) (FeedFacts, error) {
		return f, &FeedError{Name: name, Problems: []FeedProblem{{Reason: reason.Error()}}}
	}
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return f, fmt.Errorf("rewind %s: %w", name, err)
	}
	sum := sha256.New()
	var start []byte
	var utf utf8Check
	nul := false
	buf := make([]byte, lookBuffer)
	for {
		n, err := io.ReadFull(src, buf)
		if f.Bytes == 0 {
			start = bytes.Clone(buf[:min(n, 4)])
		}
		f.Bytes += int64(n)
		sum.Write(buf[:n])
		utf.write(buf[:n])
		nul = nul || bytes.IndexByte(buf[:n], 0) >= 0
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return f, fmt.Errorf("read %s: %w", name, err)
		}
	}
	f.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return f, fmt.Errorf("rewind %s: %w", name, err)
	}
	f.BOM = bytes.HasPrefix(start, []byte("\xef\xbb\xbf"))
	switch {
	case bytes.HasPrefix(start, []byte("\xff\xfe")) || bytes.HasPrefix(start, []byte("\xfe\xff")):
		return bad(errUTF16)
	case nul:
		return bad(errNUL)
	case utf.valid():
		f.Encoding = EncodingUTF8
		return f, nil
	case f.BOM:
		return bad(errors.New("the file begins with the mark of UTF-8 but is not valid UTF-8"))
	}
	clean, err := cleanGB18030(src)
	if err != nil {
		return f, fmt.Errorf("read %s: %w", name, err)
	}
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return f, fmt.Errorf("rewind %s: %w", name, err)
	}
	if !clean {
		return bad(errEncoding)
	}
	f.Encoding = EncodingGB18030
	return f, nil
}

// utf8Check validates a stream; a character may be cut by the end of a chunk.
type utf8Check struct {
	rest [utf8.UTFMax]byte
	n    int
	bad  bool
}

func (c *utf8Check) write(p []byte) {
	if c.bad {
		return
	}
	for c.n > 0 && len(p) > 0 {
		if utf8.FullRune(c.rest[:c.n]) {
			break
		}
		c.rest[c.n] = p[0]
		c.n++
		p = p[1:]
	}
	if c.n > 0 && utf8.FullRune(c.rest[:c.n]) {
		if !utf8.Valid(c.rest[:c.n]) {
			c.bad = true
			return
		}
		c.n = 0
	}
	// Leave an unfinished character at the end for the next chunk.
	end := len(p)
	for i := 1; i < utf8.UTFMax && i <= len(p); i++ {
		if b := p[len(p)-i]; utf8.RuneStart(b) {
			if !utf8.FullRune(p[len(p)-i:]) {
				end = len(p) - i
			}
			break
		}
	}
	if !utf8.Valid(p[:end]) {
		c.bad = true
		return
	}
	c.n += copy(c.rest[c.n:], p[end:])
}

func (c *utf8Check) valid() bool { return !c.bad && c.n == 0 }

// cleanGB18030 reports whether all of r decodes.
func cleanGB18030(r io.Reader) (bool, error) {
	d := simplifiedchinese.GB18030.NewDecoder().Reader(r)
	const replacement = "\uFFFD"
	buf := make([]byte, lookBuffer)
	kept := 0 // the end of the chunk before, in case the character is cut
	for {
		n, err := d.Read(buf[kept:])
		n += kept
		if bytes.Contains(buf[:n], []byte(replacement)) {
			return false, nil
		}
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		kept = copy(buf, buf[max(0, n-len(replacement)+1):n])
	}
}

// decode turns the bytes of a feed into UTF-8 without byte order mark.
func (f FeedFacts) decode(src io.Reader) *bufio.Reader {
	if f.Encoding == EncodingGB18030 {
		src = simplifiedchinese.GB18030.NewDecoder().Reader(src)
	}
	br := bufio.NewReaderSize(src, 64<<10)
	if b, err := br.Peek(3); err == nil && string(b) == "\xef\xbb\xbf" {
		_, _ = br.Discard(3) // cannot fail: they are buffered
	}
	return br
}
