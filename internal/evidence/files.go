package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// leftoverAge is how old a file in tmp must be to be taken for the leftover of a
// process that died; writing one takes well under a second.
const leftoverAge = time.Hour

// Open opens the store in dir, made when it is not there, and removes what a process
// that died left half written.
func Open(dir string) (*Store, error) {
	s := &Store{dir: dir}
	if err := s.prepare(); err != nil {
		return nil, fmt.Errorf("open evidence %s: %w", dir, err)
	}
	return s, nil
}

func (s *Store) prepare() error {
	for _, d := range []string{s.tmp(), filepath.Join(s.dir, "sha256")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return err
		}
	}
	// All shards are made now, so that Put never has a new folder to sync.
	made := false
	for i := range 256 {
		err := os.Mkdir(filepath.Join(s.dir, "sha256", hex.EncodeToString([]byte{byte(i)})), 0o700)
		switch {
		case err == nil:
			made = true
		case !errors.Is(err, fs.ErrExist):
			return err
		}
	}
	if made {
		for _, d := range []string{filepath.Join(s.dir, "sha256"), s.dir} {
			if err := syncDir(d); err != nil {
				return err
			}
		}
	}
	return s.sweepLeftovers()
}

// sweepLeftovers removes old files of tmp. Their age is told against a file made now,
// so by the clock of the file system, which may be another machine's.
func (s *Store) sweepLeftovers() error {
	probe, err := os.CreateTemp(s.tmp(), "probe-")
	if err != nil {
		return err
	}
	defer os.Remove(probe.Name()) //nolint:errcheck // a leftover itself at worst
	info, err := probe.Stat()
	if err := errors.Join(err, probe.Close()); err != nil {
		return err
	}
	entries, err := os.ReadDir(s.tmp())
	if err != nil {
		return err
	}
	for _, e := range entries {
		old, err := e.Info()
		if err != nil {
			continue // another process removed it
		}
		if info.ModTime().Sub(old.ModTime()) > leftoverAge && old.Mode().IsRegular() {
			err = os.Remove(filepath.Join(s.tmp(), e.Name()))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// write makes the file at path whole or not at all. When another writer was faster,
// its file is replaced by one of the same meaning.
func (s *Store) write(path string, fill func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(s.tmp(), "put-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the first error is the one to tell
		}
	}()
	if err := errors.Join(fill(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// syncDir makes renames inside dir last through a power failure.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// checkDigest must pass before a digest becomes part of a path.
func checkDigest(sha string) error {
	if len(sha) != 2*sha256.Size || strings.Trim(sha, "0123456789abcdef") != "" {
		return fmt.Errorf("evidence %.80q: %w", sha, ErrDigest)
	}
	return nil
}

func (s *Store) tmp() string { return filepath.Join(s.dir, "tmp") }

func (s *Store) shard(sha string) string { return filepath.Join(s.dir, "sha256", sha[:2]) }

func (s *Store) bodyPath(sha string) string { return filepath.Join(s.shard(sha), sha[2:]+".gz") }

func (s *Store) visitPath(sha, url string) string {
	sum := sha256.Sum256([]byte(url))
	return filepath.Join(s.shard(sha), sha[2:]+"."+hex.EncodeToString(sum[:16])+".json")
}

// visitFiles are the names of a body's visits in its shard.
func (s *Store) visitFiles(sha string) ([]string, error) {
	entries, err := os.ReadDir(s.shard(sha))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), sha[2:]+".") && strings.HasSuffix(e.Name(), ".json") {
			names = append(names, e.Name())
		}
	}
	return names, nil
}
