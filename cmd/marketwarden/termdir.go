package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"marketwarden/internal/config"
	"marketwarden/rules"
)

// termFiles reads the term files of a folder, *.yaml and *.yml, in order of their names;
// none when dir is empty. A folder that is not there is an error: whoever names one means
// its words to be looked for.
func termFiles(dir string) ([]rules.TermFile, error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("terms.dir: %w", err)
	}
	var out []rules.TermFile
	for _, e := range entries {
		name := e.Name()
		switch strings.ToLower(filepath.Ext(name)) {
		case ".yaml", ".yml":
		default:
			continue
		}
		if len(out) == config.MaxTermFiles {
			return nil, fmt.Errorf("terms.dir: %s has more than %d term files", dir, config.MaxTermFiles)
		}
		source, err := readTermFile(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("terms.dir: %w", err)
		}
		out = append(out, rules.TermFile{Name: name, Source: source})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("terms.dir: %s has no term files (*.yaml)", dir)
	}
	return out, nil
}

func readTermFile(path string) ([]byte, error) {
	info, err := os.Stat(path) // before it is opened: a named pipe would wait for a writer
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, config.MaxTermFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, err)
	case len(b) > config.MaxTermFile:
		return nil, fmt.Errorf("%s is larger than %d bytes", path, config.MaxTermFile)
	}
	return b, nil
}
