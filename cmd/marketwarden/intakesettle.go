package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"marketwarden/internal/config"
)

// dropFile is a file in a drop folder as it was when it was looked at last: what is not
// like that any more is still being written, or is another file.
type dropFile struct {
	name string
	seen os.FileInfo
}

// errWritten says that a file changed since it was looked at.
var errWritten = errors.New("it is still being written") // a sentinel

// is says whether what is there now is the file as it was seen. Size alone would not tell:
// some programs reserve a file's whole size before they fill it.
func (f *dropFile) is(now os.FileInfo) bool {
	return os.SameFile(f.seen, now) && f.seen.Mode() == now.Mode() && f.seen.Size() == now.Size() && f.seen.ModTime().Equal(now.ModTime())
}

// settled returns those of the named files that have not changed for the time that the
// feed says. Where some changed only just, it waits for that time, once for all of them,
// so that a file that was completed shortly before the night is taken in by it; what
// changes meanwhile is told and left alone. No clock but the wait decides: the file
// system's may differ from ours.
func (in *intake) settled(f *config.Feed, d *dropFolder, names []string) ([]dropFile, error) {
	settle := f.SettleTime()
	var files []dropFile
	fresh := map[string]bool{}
	var wait time.Duration
	for _, name := range names {
		info, err := d.root.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			if err := in.wrong("%s: %q in %s was left alone: %v", f.Name, name, f.Drop, err); err != nil {
				return nil, err
			}
			continue
		}
		files = append(files, dropFile{name, info})
		if still := in.a.now().Sub(info.ModTime()); still < settle {
			fresh[name], wait = true, max(wait, min(settle, settle-still))
		}
	}
	if err := in.wait(wait); err != nil {
		return nil, err
	}
	var ready []dropFile
	for _, file := range files {
		if fresh[file.name] {
			info, err := d.root.Lstat(file.name)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil || !file.is(info) {
				if err := in.written(f, &file); err != nil {
					return nil, err
				}
				continue
			}
		}
		ready = append(ready, file)
	}
	return ready, nil
}

func (in *intake) wait(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-in.a.ctx.Done():
		return in.a.ctx.Err()
	}
}

// written tells of a file that is left for the next night.
func (in *intake) written(f *config.Feed, file *dropFile) error {
	return in.wrong("%s: %q in %s is still being written; nothing of it was taken in, and it was left for the next night", f.Name, file.name, f.Drop)
}

// open opens a file as it was seen, and nothing that was put into its place meanwhile: a
// link may lead to a file that only we can read, and opening a pipe would wait for ever.
func (d *dropFolder) open(file *dropFile) (*os.File, error) {
	src, err := d.root.OpenFile(file.name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	opened, err := src.Stat()
	switch {
	case err != nil:
	case !file.seen.Mode().IsRegular():
		err = errors.New("it is no regular file any more")
	case !file.is(opened):
		err = errWritten
	}
	if err != nil {
		return nil, errors.Join(err, src.Close())
	}
	return src, nil
}

// unchanged answers errWritten when an open file, or what lies in its place, is not as it
// was seen. That nothing lies there any more is all right: it was moved, not written.
func (d *dropFolder) unchanged(file *dropFile, src *os.File) error {
	now, err := src.Stat()
	if err != nil {
		return fmt.Errorf("look at %s: %w", filepath.Join(d.path, file.name), err)
	}
	if !file.is(now) {
		return errWritten
	}
	return d.inPlace(file)
}

// inPlace answers errWritten when something else lies where a file was seen.
func (d *dropFolder) inPlace(file *dropFile) error {
	there, err := d.root.Lstat(file.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !file.is(there):
		return errWritten
	}
	return nil
}
