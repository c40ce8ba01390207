package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/config"
)

// TestTermFiles reads the term files of a folder in order of their names and nothing else.
func TestTermFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"b.yaml": "b", "a.yml": "a", "C.YAML": "c", "notes.txt": "n", "d.yaml~": "d"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := termFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.Name+" "+string(f.Source))
	}
	if diff := cmp.Diff([]string{"C.YAML c", "a.yml a", "b.yaml b"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestTermFilesRefused: what cannot be a term file ends the start of the program.
func TestTermFilesRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, want string
		fill       func(dir string) error
	}{
		{"a folder named like a file", "no regular file", func(dir string) error { return os.Mkdir(filepath.Join(dir, "x.yaml"), 0o700) }},
		{"a link that leads nowhere", "x.yaml", func(dir string) error { return os.Symlink("nowhere", filepath.Join(dir, "x.yaml")) }},
		{"a file that is too large", "larger than", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "x.yaml"), make([]byte, config.MaxTermFile+1), 0o600)
		}},
		{"no file at all", "has no term files", func(string) error { return nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := tt.fill(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := termFiles(dir); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v does not say %q", err, tt.want)
			}
		})
	}
}
