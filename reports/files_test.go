package reports

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/record"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestWriteFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "reports", "7")
	for range 2 { // the second time over the files of the first
		paths, err := WriteFiles(dir, Formats(), sample(), Options{Lang: "en", Rules: testCatalogue()})
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, name := range []string{"violations.jsonl", "violations.csv", "deployment.csv", "orderless.csv", "not_checked.csv", "html/index.html"} {
			want = append(want, filepath.Join(dir, name))
		}
		if diff := cmp.Diff(want, paths); diff != "" {
			t.Errorf("paths (-want +got)\n%s", diff)
		}
	}
	want := []string{"deployment.csv", "html", "not_checked.csv", "orderless.csv", "violations.csv", "violations.jsonl"}
	if diff := cmp.Diff(want, names(t, dir)); diff != "" {
		t.Errorf("files in the folder (-want +got)\n%s", diff)
	}
	got, err := os.ReadFile(filepath.Join(dir, "violations.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "en-violations.jsonl", got)
}

func TestUnknownFormatWritesNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "out")
	_, err := WriteFiles(dir, []string{"jsonl", "papyrus"}, record.Report{}, Options{})
	if !errors.Is(err, ErrFormat) {
		t.Errorf("error = %v, want ErrFormat", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder was made all the same: %v", err)
	}
}

// TestFailedWriteKeepsTheOldFile: whoever reads the folder never sees half a file.
func TestFailedWriteKeepsTheOldFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "violations.jsonl")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("disk full")
	err := writeWhole(path, func(w io.Writer) error {
		if _, err := io.WriteString(w, "half"); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("error = %v, want %v", err, broken)
	}
	if diff := cmp.Diff([]string{"violations.jsonl"}, names(t, dir)); diff != "" {
		t.Errorf("files in the folder (-want +got)\n%s", diff)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "old" {
		t.Errorf("the old file became %q, %v", got, err)
	}
}
