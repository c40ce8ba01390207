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
// them from there. Files are complete or absent. A notice whose mail is not in place is not
// sent, and nothing of it lies there; once it was in place it is never written again,
// because somebody may have taken it.
type folder struct {
	dir string
}

func (f folder) send(_ context.Context, m *Message, raw []byte) (string, error) {
	paths, err := writeFiles(f.dir, m, raw)
	if err != nil {
		if failed, ok := errors.AsType[*SendError](err); ok {
			return "", failed
		}
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
	eml, err := writePart(base+".eml", raw)
	if err != nil {
		return nil, fmt.Errorf("write %s.eml: %w", base, err)
	}
	page, err := writePart(base+".html", []byte(m.HTML))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write %s.html: %w", base, err), os.Remove(eml))
	}
	// The mail comes last: who waits for it finds the page beside it. Another process that
	// took this one for dead has removed the parts: then the files are its own.
	if err := os.Rename(page, base+".html"); err != nil {
		return nil, errors.Join(err, remove(page, eml))
	}
	if err := os.Rename(eml, base+".eml"); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		return nil, errors.Join(err, remove(base+".html", eml))
	}
	if err := syncDir(dir); err != nil {
		err = fmt.Errorf("make files in %s last: %w", dir, err)
		if gone := remove(base+".eml", base+".html"); gone != nil {
			return nil, &SendError{Fate: FateUnknown, Down: true, Step: "write to folder", Code: codeOf(err), Err: errors.Join(err, gone)}
		}
		return nil, err
	}
	return []string{base + ".eml", base + ".html"}, nil
}

// partSuffix ends the names of files that are being written: .REFERENCE.eml.X.part. As long
// as there is one of the mail, the mail is not in place.
const partSuffix = ".part"

// writePart writes a file that a rename puts in place at once, readable by the user alone,
// and returns its path. After a crash there is the old one, the new one or none, never half
// of one.
func writePart(path string, content []byte) (part string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*"+partSuffix) // of mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// remove removes files that may be gone.
func remove(paths ...string) error {
	var errs []error
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// syncDir makes renames within dir last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
