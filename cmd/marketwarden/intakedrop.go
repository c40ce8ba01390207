package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"marketwarden/internal/safetext"
)

// dropFolder is a folder that somebody else lays feeds into. Everything happens below it,
// whatever symbolic links are laid there (os.Root), and only regular files are read.
type dropFolder struct {
	path          string
	stamp         string // tells files of the same name apart, night by night
	root          *os.Root
	done, refused *os.Root
}

// Subfolders of a drop folder.
const (
	dropDone    = "done"
	dropRefused = "refused"
)

// openDrop opens a drop folder and makes its subfolders.
func openDrop(path string, now time.Time) (*dropFolder, error) {
	d := &dropFolder{path: path, stamp: now.UTC().Format("20060102T150405Z")}
	var err error
	if d.root, err = os.OpenRoot(path); err != nil {
		return nil, fmt.Errorf("open drop folder: %w", err)
	}
	if d.done, err = d.sub(dropDone); err == nil {
		d.refused, err = d.sub(dropRefused)
	}
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

func (d *dropFolder) sub(name string) (*os.Root, error) {
	if err := d.root.Mkdir(name, 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make folder in drop folder: %w", err)
	}
	info, err := d.root.Lstat(name)
	if err != nil {
		return nil, fmt.Errorf("look into drop folder: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is no folder", filepath.Join(d.path, name))
	}
	sub, err := d.root.OpenRoot(name)
	if err != nil {
		return nil, fmt.Errorf("open folder of drop folder: %w", err)
	}
	return sub, nil
}

func (d *dropFolder) close() {
	for _, r := range []*os.Root{d.root, d.done, d.refused} {
		if r != nil {
			_ = r.Close() // nothing is written through it
		}
	}
}

// list returns the names of the files to take in, sorted, and of what else matches but is
// no regular file. Files that are still being written say so by their names.
func (d *dropFolder) list(pattern string) (names, left []string, err error) {
	entries, err := fs.ReadDir(d.root.FS(), ".")
	if err != nil {
		return nil, nil, fmt.Errorf("list drop folder: %w", err)
	}
	for _, e := range entries {
		name := e.Name()
		match, err := filepath.Match(pattern, name)
		if err != nil {
			return nil, nil, fmt.Errorf("pattern %q: %w", pattern, err)
		}
		switch {
		case !match, strings.HasPrefix(name, "."), strings.HasSuffix(name, ".part"), strings.HasSuffix(name, ".tmp"), e.IsDir():
		case e.Type().IsRegular():
			names = append(names, name)
		default:
			left = append(left, name)
		}
	}
	slices.Sort(names)
	return names, left, nil
}

// moveToDone moves a file that was taken in. That it is gone is all right.
func (d *dropFolder) moveToDone(file *dropFile) error {
	for _, target := range d.targets(file.name) {
		ok, err := reserve(d.done, target, nil)
		if err != nil {
			return err
		}
		if ok {
			return d.move(file, d.done, dropDone, target)
		}
	}
	return fmt.Errorf("%s holds too many files of that name", d.done.Name())
}

// reserveRefused finds a name for a file that is refused, keeps it free for it and writes
// the reason beside it.
func (d *dropFolder) reserveRefused(name, reason string) (target string, err error) {
	for _, target := range d.targets(name) {
		ok, err := reserve(d.refused, reasonName(target), []byte(reason+"\n"))
		if err != nil {
			return "", err
		}
		if !ok {
			continue
		}
		ok, err = reserve(d.refused, target, nil)
		if ok {
			return target, nil
		}
		if err = errors.Join(err, d.refused.Remove(reasonName(target))); err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("%s holds too many files of that name", d.refused.Name())
}

// freeRefused gives a name up that was reserved for a file that is refused.
func (d *dropFolder) freeRefused(target string) error {
	return errors.Join(d.refused.Remove(target), d.refused.Remove(reasonName(target)))
}

// reasonName is the name of the file that says why one was refused.
func reasonName(target string) string { return target + ".error.txt" }

// move puts a file into the place that was reserved for it in a subfolder, if it still is
// the one that was seen. That it is gone is all right.
func (d *dropFolder) move(file *dropFile, to *os.Root, folder, target string) error {
	err := d.inPlace(file)
	if err == nil {
		err = d.root.Rename(file.name, filepath.Join(folder, target))
	}
	if err == nil {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, to.Remove(target))
}

// reserve makes a file unless there is one of that name, so that a rename to it replaces
// nothing of anybody's.
func reserve(folder *os.Root, name string, content []byte) (ok bool, err error) {
	f, err := folder.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = f.Write(content)
	return err == nil, errors.Join(err, f.Close())
}

// free returns a name like the given one that is not taken in a folder.
func (d *dropFolder) free(folder *os.Root, name string) string {
	targets := d.targets(name)
	for _, target := range targets {
		if _, err := folder.Lstat(target); errors.Is(err, fs.ErrNotExist) {
			return target
		}
	}
	return targets[len(targets)-1]
}

// maxSameName is how many files of one name one night can move to one folder.
const maxSameName = 100

// targets are the names that a file may get where it is moved to: its own, one with the
// night's time, and further ones. They are plain text and leave room for an ending.
func (d *dropFolder) targets(name string) []string {
	const longest = 180 // bytes; file systems take 255
	name = strings.ReplaceAll(safetext.Line(name), `\`, "_")
	ext := filepath.Ext(name)
	if len(ext) > longest/10 {
		ext = ""
	}
	stem := strings.TrimSuffix(name, ext)
	if room := longest - len(ext); len(stem) > room {
		for room > 0 && !utf8.RuneStart(stem[room]) {
			room--
		}
		stem = stem[:room]
	}
	targets := []string{stem + ext, stem + "." + d.stamp + ext}
	for n := 2; n <= maxSameName; n++ {
		targets = append(targets, stem+"."+d.stamp+"-"+strconv.Itoa(n)+ext)
	}
	return targets
}

// plainName reports whether a file's name can be shown and stored as it is.
func plainName(name string) bool { return safetext.Line(name) == name }
