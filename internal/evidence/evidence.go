// Package evidence keeps what was judged: the bytes a server sent, and where, when and
// with which headers they came. Findings name a body by its SHA-256, and everything
// kept about it is found from that name alone.
//
// Layout of a store's folder:
//
//	sha256/ab/cdef….gz        a body whose SHA-256 is abcdef…, gzip-compressed
//	sha256/ab/cdef….9f….json  one visit that gave it; 9f… is from the address asked
//	tmp/                      files being written
//
// A body is written once, however often and wherever it is seen again; so is the visit
// to one address that first gave it. (That it was seen again later is the record's
// business: it has first and last seen.) Files appear whole or not at all: they are
// written apart, synced and renamed, the visit before its body, so that a body always
// has a visit. Several processes may share a folder.
//
// Limits: bodies up to MaxBytes, MaxVisits visits of one body. Headers that hold
// secrets are not kept. The package deletes nothing but its own leftovers, and it
// proves nothing against somebody who can write to the folder: digests tell damage,
// not forgery.
package evidence

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds of what is kept.
const (
	MaxBytes  = 10 << 20 // of one body; equals config.MaxBodyBytes
	MaxVisits = 100      // addresses kept of one body, such as a host's error page; approximate between processes
	maxVisit  = 1 << 20  // bytes of one visit's file
)

// Sentinels of this package's errors.
var (
	ErrNotFound = errors.New("no such evidence")
	ErrDamaged  = errors.New("evidence is damaged")
	ErrTooLarge = errors.New("too large to keep")
	ErrDigest   = errors.New("not a SHA-256 in lower-case hexadecimal")
)

// Item is one body and the visit that gave it.
type Item struct {
	URL       string      `json:"url"`                 // as asked
	Final     string      `json:"final"`               // after redirects
	Status    int         `json:"status"`              // of the last answer
	Header    http.Header `json:"header,omitempty"`    // of the last answer, without secrets once kept
	FetchedAt time.Time   `json:"fetched_at"`          //
	Charset   string      `json:"charset,omitempty"`   // the body was decoded from
	Truncated bool        `json:"truncated,omitempty"` // the server's body was longer
	Hops      []Hop       `json:"hops,omitempty"`      // requests in order
	Body      []byte      `json:"-"`                   // as received, transfer and content coding removed
}

// Hop is one request of the visit.
type Hop struct {
	URL      string `json:"url"`
	Status   int    `json:"status"`
	Location string `json:"location,omitempty"`
	IP       string `json:"ip,omitempty"`
}

// Store is a folder of evidence. It is safe for concurrent use, also by several
// processes, and holds nothing open between calls.
type Store struct {
	dir     string
	writers sync.Pool // of *gzip.Writer, whose tables are large
}

// Put keeps the item and returns the SHA-256 of its body in hexadecimal. Putting the
// same again writes nothing. ErrTooLarge says that a bound was passed and nothing kept.
func (s *Store) Put(it Item) (string, error) {
	if len(it.Body) > MaxBytes {
		return "", fmt.Errorf("keep evidence of %s: body of %d bytes: %w", it.URL, len(it.Body), ErrTooLarge)
	}
	sum := sha256.Sum256(it.Body)
	sha := hex.EncodeToString(sum[:])
	wrote, err := s.putVisit(sha, &it)
	if err == nil {
		var wroteBody bool
		wroteBody, err = s.putBody(sha, it.Body)
		wrote = wrote || wroteBody
	}
	if err == nil && wrote {
		err = syncDir(s.shard(sha))
	}
	if err != nil {
		return "", fmt.Errorf("keep evidence of %s: %w", it.URL, err)
	}
	return sha, nil
}

func (s *Store) putVisit(sha string, it *Item) (wrote bool, err error) {
	path := s.visitPath(sha, it.URL)
	if there, err := exists(path); there || err != nil {
		return false, err
	}
	if there, err := exists(s.bodyPath(sha)); err != nil {
		return false, err
	} else if there {
		visits, err := s.visitFiles(sha)
		if err != nil || len(visits) >= MaxVisits {
			return false, err
		}
	}
	kept := *it
	kept.Header = withoutSecrets(it.Header)
	b, err := json.Marshal(kept)
	if err != nil {
		return false, err
	}
	if len(b) > maxVisit {
		return false, fmt.Errorf("visit of %d bytes: %w", len(b), ErrTooLarge)
	}
	return true, s.write(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

func (s *Store) putBody(sha string, body []byte) (wrote bool, err error) {
	path := s.bodyPath(sha)
	if there, err := exists(path); there || err != nil {
		return false, err
	}
	return true, s.write(path, func(w io.Writer) error {
		z, ok := s.writers.Get().(*gzip.Writer)
		if !ok {
			z = gzip.NewWriter(nil)
		}
		defer s.writers.Put(z)
		z.Reset(w)
		if _, err := z.Write(body); err != nil {
			return err
		}
		return z.Close()
	})
}

// withoutSecrets copies the headers that may be kept.
func withoutSecrets(h http.Header) http.Header {
	h = h.Clone()
	for name := range h {
		switch http.CanonicalHeaderKey(name) {
		case "Set-Cookie", "Set-Cookie2", "Cookie", "Authorization", "Proxy-Authorization",
			"Authentication-Info", "Proxy-Authentication-Info":
			delete(h, name)
		}
	}
	return h
}

// Has reports whether a body is kept. It does not read it.
func (s *Store) Has(sha string) (bool, error) {
	if err := checkDigest(sha); err != nil {
		return false, err
	}
	return exists(s.bodyPath(sha))
}

// Get returns a body and the earliest visit that gave it. ErrNotFound: there is none;
// ErrDamaged: it is no longer what was put.
func (s *Store) Get(sha string) (Item, error) {
	body, err := s.Body(sha)
	if err != nil {
		return Item{}, err
	}
	visits, err := s.Visits(sha)
	if err != nil {
		return Item{}, err
	}
	if len(visits) == 0 {
		return Item{}, fmt.Errorf("read evidence %s: %w: no visit", sha, ErrDamaged)
	}
	it := visits[0]
	it.Body = body
	return it, nil
}

// Body returns a body, its digest verified. Errors are those of Get.
func (s *Store) Body(sha string) ([]byte, error) {
	if err := checkDigest(sha); err != nil {
		return nil, err
	}
	f, err := os.Open(s.bodyPath(sha))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read evidence %s: %w", sha, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read evidence %s: %w", sha, err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("read evidence %s: %w: %w", sha, ErrDamaged, err)
	}
	body, err := io.ReadAll(io.LimitReader(z, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read evidence %s: %w: %w", sha, ErrDamaged, err)
	}
	if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != sha {
		return nil, fmt.Errorf("read evidence %s: %w: its digest is %x", sha, ErrDamaged, sum)
	}
	return body, nil
}

// Visits returns the visits that gave a body, without it, the earliest first.
func (s *Store) Visits(sha string) ([]Item, error) {
	if err := checkDigest(sha); err != nil {
		return nil, err
	}
	names, err := s.visitFiles(sha)
	if err != nil {
		return nil, fmt.Errorf("read evidence %s: %w", sha, err)
	}
	items := make([]Item, 0, len(names))
	for _, name := range names {
		it, err := readVisit(filepath.Join(s.shard(sha), name))
		if err != nil {
			return nil, fmt.Errorf("read evidence %s: visit %s: %w", sha, name, err)
		}
		items = append(items, it)
	}
	slices.SortFunc(items, func(a, b Item) int {
		if c := a.FetchedAt.Compare(b.FetchedAt); c != 0 {
			return c
		}
		return strings.Compare(a.URL, b.URL)
	})
	return items, nil
}

func readVisit(path string) (Item, error) {
	var it Item
	f, err := os.Open(path)
	if err != nil {
		return it, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxVisit+1))
	if err != nil {
		return it, err
	}
	if err := json.NewDecoder(bytes.NewReader(b)).Decode(&it); err != nil {
		return it, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return it, nil
}
