package evidence

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/config"
)

func open(tb testing.TB, dir string) *Store {
	tb.Helper()
	s, err := Open(dir)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func put(tb testing.TB, s *Store, it Item) string {
	tb.Helper()
	sha, err := s.Put(it)
	if err != nil {
		tb.Fatal(err)
	}
	return sha
}

// page is an item as a fetch gives it.
func page(url, body string) Item {
	return Item{
		URL: url, Final: url + "final", Status: 200, Charset: "gb18030",
		Header:    http.Header{"Content-Type": {"text/html"}, "Etag": {`"x"`}},
		FetchedAt: time.Date(2026, 3, 1, 2, 3, 4, 5, time.UTC),
		Hops:      []Hop{{URL: url, Status: 302, Location: "final", IP: "192.0.2.1:443"}, {URL: url + "final", Status: 200}},
		Body:      []byte(body),
	}
}

// files are the paths of all files below dir.
func files(tb testing.TB, dir string) []string {
	tb.Helper()
	var got []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			got = append(got, strings.TrimPrefix(path, dir))
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "evidence")
	s := open(t, dir)
	for name, it := range map[string]Item{
		"page":       page("https://a.example/", "<p>你好</p>"),
		"empty body": page("https://a.example/empty", ""),
		"binary":     page("https://a.example/bin", "\x00\xff\x1f\x8b"),
		"large":      page("https://a.example/large", strings.Repeat("x", MaxBytes)),
	} {
		sha := put(t, s, it)
		got, err := open(t, dir).Get(sha) // as another process would
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(it, got, cmp.Transformer("body", func(b []byte) string { return string(b) })); diff != "" {
			t.Errorf("%s (-want +got):\n%.2000s", name, diff)
		}
		if ok, err := s.Has(sha); !ok || err != nil {
			t.Errorf("%s: Has = %v, %v", name, ok, err)
		}
	}
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if ok, err := s.Has(empty); !ok || err != nil {
		t.Errorf("Has of the empty body's known SHA-256 = %v, %v", ok, err)
	}
}

func TestSecretsAreNotKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	it := page("https://a.example/", "x")
	it.Header = http.Header{
		"Set-Cookie": {"sid=SECRET"}, "set-cookie": {"sid=SECRET"}, "Authorization": {"Basic SECRET"},
		"Proxy-Authorization": {"SECRET"}, "Server": {"nginx"},
	}
	sha := put(t, s, it)
	if len(it.Header) != 5 {
		t.Error("the caller's headers were changed")
	}
	got, err := s.Get(sha)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(http.Header{"Server": {"nginx"}}, got.Header); diff != "" {
		t.Errorf("headers kept (-want +got):\n%s", diff)
	}
	for _, f := range files(t, dir) {
		if b, err := os.ReadFile(filepath.Join(dir, f)); err != nil || bytes.Contains(b, []byte("SECRET")) {
			t.Errorf("%s holds a secret (or %v)", f, err)
		}
	}
}

func TestSeenAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	first := page("https://a.example/", "same")
	sha := put(t, s, first)
	before := files(t, dir)

	again := first
	again.FetchedAt = first.FetchedAt.Add(24 * time.Hour)
	if put(t, s, again) != sha {
		t.Error("the same body has another digest")
	}
	if diff := cmp.Diff(before, files(t, dir)); diff != "" {
		t.Errorf("putting the same again changed the files:\n%s", diff)
	}

	elsewhere := page("https://b.example/", "same")
	elsewhere.FetchedAt = first.FetchedAt.Add(-time.Hour)
	put(t, s, elsewhere)
	visits, err := s.Visits(sha)
	if err != nil {
		t.Fatal(err)
	}
	first.Body, elsewhere.Body = nil, nil
	if diff := cmp.Diff([]Item{elsewhere, first}, visits); diff != "" {
		t.Errorf("visits, earliest first (-want +got):\n%s", diff)
	}
	if n := len(files(t, dir)); n != 3 {
		t.Errorf("%d files, want one body and two visits", n)
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	if MaxBytes != config.MaxBodyBytes {
		t.Errorf("MaxBytes = %d, config.MaxBodyBytes = %d", MaxBytes, config.MaxBodyBytes)
	}
	dir := t.TempDir()
	s := open(t, dir)
	if _, err := s.Put(page("https://a.example/", strings.Repeat("x", MaxBytes+1))); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a body too large: %v", err)
	}
	big := page("https://a.example/", "x")
	big.Header.Set("X", strings.Repeat("x", maxVisit))
	if _, err := s.Put(big); !errors.Is(err, ErrTooLarge) {
		t.Errorf("headers too large: %v", err)
	}
	if got := files(t, dir); got != nil {
		t.Errorf("refused items left %q", got)
	}
	var sha string
	for i := range MaxVisits + 5 {
		sha = put(t, s, page(fmt.Sprintf("https://a.example/%d", i), "not found"))
	}
	if visits, err := s.Visits(sha); err != nil || len(visits) != MaxVisits {
		t.Errorf("%d visits, %v, want %d", len(visits), err, MaxVisits)
	}
}

func TestBadDigests(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	for _, sha := range []string{
		"", "ab", "..", "../../../../etc/passwd", strings.Repeat("a", 63), strings.Repeat("a", 65), strings.Repeat("A", 64),
		strings.Repeat("g", 64), "../" + strings.Repeat("a", 61), strings.Repeat("a", 31) + "/" + strings.Repeat("a", 32),
		strings.Repeat("a", 63) + "\x00", strings.Repeat("a", 61) + "字",
	} {
		_, getErr := s.Get(sha)
		_, visitsErr := s.Visits(sha)
		_, hasErr := s.Has(sha)
		for _, err := range []error{getErr, visitsErr, hasErr} {
			if !errors.Is(err, ErrDigest) {
				t.Errorf("%q: %v, want ErrDigest", sha, err)
			}
		}
	}
	absent := strings.Repeat("a", 64)
	if _, err := s.Get(absent); !errors.Is(err, ErrNotFound) {
		t.Errorf("absent: %v, want ErrNotFound", err)
	}
	if ok, err := s.Has(absent); ok || err != nil {
		t.Errorf("absent: Has = %v, %v", ok, err)
	}
}

func TestDamage(t *testing.T) {
	t.Parallel()
	zip := func(body string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, err := z.Write([]byte(body))
		if err := errors.Join(err, z.Close()); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for name, damage := range map[string]func(s *Store, sha string) error{
		"empty":     func(s *Store, sha string) error { return os.WriteFile(s.bodyPath(sha), nil, 0o600) },
		"not gzip":  func(s *Store, sha string) error { return os.WriteFile(s.bodyPath(sha), []byte("body"), 0o600) },
		"cut":       func(s *Store, sha string) error { return os.Truncate(s.bodyPath(sha), 20) },
		"exchanged": func(s *Store, sha string) error { return os.WriteFile(s.bodyPath(sha), zip("other"), 0o600) },
		"bomb": func(s *Store, sha string) error {
			return os.WriteFile(s.bodyPath(sha), zip(strings.Repeat("x", MaxBytes+1<<20)), 0o600)
		},
		"visit gone": func(s *Store, sha string) error { return os.Remove(s.visitPath(sha, "https://a.example/")) },
		"visit cut":  func(s *Store, sha string) error { return os.Truncate(s.visitPath(sha, "https://a.example/"), 9) },
	} {
		s := open(t, t.TempDir())
		sha := put(t, s, page("https://a.example/", "body"))
		if err := damage(s, sha); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(sha); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v, want ErrDamaged", name, err)
		}
	}
}

// A process that dies while writing leaves a file in tmp, or a visit without its body.
func TestCrash(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	old, fresh := filepath.Join(s.tmp(), "put-1"), filepath.Join(s.tmp(), "put-2")
	for _, f := range []string{old, fresh} {
		if err := os.WriteFile(f, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * leftoverAge)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	if diff := cmp.Diff([]string{"/tmp/put-2"}, files(t, dir)); diff != "" {
		t.Errorf("after opening again (-want +got):\n%s", diff)
	}

	it := page("https://a.example/", "body")
	sha := put(t, s, it)
	if err := os.Remove(s.bodyPath(sha)); err != nil {
		t.Fatal(err)
	}
	if ok, err := s.Has(sha); ok || err != nil {
		t.Errorf("without its body: Has = %v, %v", ok, err)
	}
	put(t, s, it)
	if got, err := s.Get(sha); err != nil || string(got.Body) != "body" {
		t.Errorf("put again: %q, %v", got.Body, err)
	}
}

func TestConcurrentPut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stores := []*Store{open(t, dir), open(t, dir)} // two processes share a folder
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			s := stores[i%2]
			body := fmt.Sprintf("body %d", i%4)
			sha, err := s.Put(page(fmt.Sprintf("https://a.example/%d", i%8), body))
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := s.Get(sha); err != nil || string(got.Body) != body {
				t.Errorf("%q, %v, want %q", got.Body, err, body)
			}
		})
	}
	wg.Wait()
	if n := len(files(t, dir)); n != 4+8 {
		t.Errorf("%d files, want 4 bodies and 8 visits", n)
	}
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(file, "evidence")); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("Open below a file: %v, want an error that names it", err)
	}
}

func BenchmarkPut(b *testing.B) {
	s := open(b, b.TempDir())
	body := strings.Repeat("<p>云市场商品详情 product</p>\n", 2500) // about 100 KB
	for i := 0; b.Loop(); i++ {
		it := page("https://a.example/", strconv.Itoa(i)+body)
		put(b, s, it)
	}
}

func BenchmarkPutAgain(b *testing.B) {
	s := open(b, b.TempDir())
	it := page("https://a.example/", strings.Repeat("<p>云市场商品详情 product</p>\n", 2500))
	for b.Loop() {
		put(b, s, it)
	}
}
