package reports

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"marketwarden/internal/record"
)

// file is one file of a format.
type file struct {
	name  string
	write func(io.Writer, record.Report, Options) error
}

// files are the files of each format of single files, nil for any other.
func files(format string) []file {
	switch format {
	case "jsonl":
		return []file{{"violations.jsonl", JSONL}}
	case "csv":
		return []file{
			{"violations.csv", ViolationsCSV},
			{"deployment.csv", DeploymentCSV},
			{"orderless.csv", OrderlessCSV},
			{"not_checked.csv", NotCheckedCSV},
		}
	}
	return nil
}

// Formats are the formats that [WriteFiles] knows.
func Formats() []string { return []string{"jsonl", "csv", "html"} }

// ErrFormat says that there is no such format.
var ErrFormat = errors.New("no such format")

// WriteFiles writes the report into dir, which it makes, and returns the paths of the
// files in the order of formats; of the pages, which have a folder of their own in dir,
// only the first to open. Each file appears whole or not at all: it is written under
// another name beside its place and then renamed, over an older one if there is one.
// [ErrFormat]: nothing was written.
func WriteFiles(dir string, formats []string, r record.Report, o Options) ([]string, error) {
	var todo []file
	for _, f := range formats {
		list := files(f)
		if f == "html" {
			var err error
			if list, err = htmlFiles(r, o); err != nil {
				return nil, err
			}
		}
		if list == nil {
			return nil, fmt.Errorf("format %q: %w", f, ErrFormat)
		}
		todo = append(todo, list...)
	}
	var paths []string
	for _, f := range todo {
		path := filepath.Join(dir, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // reports are made to be handed on; the umask decides
			return paths, fmt.Errorf("make report folder: %w", err)
		}
		err := writeWhole(path, func(w io.Writer) error { return f.write(w, r, o) })
		if err != nil {
			return paths, fmt.Errorf("write report %s: %w", path, err)
		}
		if !strings.HasPrefix(f.name, htmlFolder+"/") || f.name == htmlFolder+"/index.html" {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// writeWhole writes a file under a name of its own, makes sure that it is on the disk
// and puts it in its place.
func writeWhole(path string, write func(io.Writer) error) (err error) {
	dir, name := filepath.Split(path)
	temp := filepath.Join(dir, "."+name+"."+rand.Text())
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // see WriteFiles
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp))
		}
	}()
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(temp, path)
}
