package notices

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// folder is the channel that writes notices as files, for people or programs that take
// them from there. Files are complete or absent, and writing one again changes nothing
// but its content, so a notice that was interrupted may be written again.
type folder struct {
	dir string
}

func (f folder) send(_ context.Context, m *Message, raw []byte) (string, error) {
	paths, err := writeFiles(f.dir, m, raw)
	if err != nil {
		return "", notYet("write to folder", err)
	}
	return paths[0], nil
}

// Write writes a message into dir as REFERENCE.eml and REFERENCE.html, as the folder
// channel does, and returns the two paths. The folder is made if it is missing, for the
// user alone.
func Write(dir string, m *Message) ([]string, error) {
	raw, err := m.Bytes()
	if err != nil {
		return nil, err
	}
	return writeFiles(dir, m, raw)
}

// fileName is what references look like that files are named by. References are ours,
// so this is a guard and no clean-up.
var fileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

func writeFiles(dir string, m *Message, raw []byte) ([]string, error) {
	if !fileName.MatchString(m.Reference) {
		return nil, fmt.Errorf("reference %q cannot name a file", m.Reference)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of notices: %w", err)
	}
	base := filepath.Join(dir, m.Reference)
	// The mail comes last: who waits for it finds the page beside it.
	for _, file := range []struct {
		path    string
		content []byte
	}{{base + ".html", []byte(m.HTML)}, {base + ".eml", raw}} {
		if err := writeWhole(file.path, file.content); err != nil {
			return nil, fmt.Errorf("write %s: %w", file.path, err)
		}
	}
	if err := syncDir(dir); err != nil {
		return nil, fmt.Errorf("make files in %s last: %w", dir, err)
	}
	return []string{base + ".eml", base + ".html"}, nil
}

// writeWhole puts a file in place at once, readable by the user alone. After a crash
// there is the old one, the new one or none, never half of one.
func writeWhole(path string, content []byte) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".notice-*.tmp") // of mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tmp.Close(), os.Remove(tmp.Name()))
		}
	}()
	if _, err := tmp.Write(content); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return tmp.Close()
}

// syncDir makes renames within dir last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
