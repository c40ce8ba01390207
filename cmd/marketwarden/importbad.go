package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"marketwarden/internal/store"
)

// badFile gathers the rows that an import leaves out: line, column and reason, then the
// row as it was read. It appears under its name only when the import went through and
// there is something in it.
type badFile struct {
	path string
	f    *os.File
	w    *csv.Writer
	rows int
}

func createBadFile(path string) (*badFile, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, fmt.Errorf("write bad rows: %w", err)
	}
	return &badFile{path: path, f: f, w: csv.NewWriter(f)}, nil
}

func (b *badFile) write(row store.BadRow) error {
	if b.rows == 0 {
		// The mark lets spreadsheets see that it is UTF-8.
		if _, err := b.f.WriteString("\ufeff"); err != nil {
			return err
		}
		if err := b.w.Write([]string{"line", "column", "reason", "row…"}); err != nil {
			return err
		}
	}
	b.rows++
	var columns, reasons []string
	for _, p := range row.Problems {
		columns = append(columns, p.Column)
		reason := p.Reason
		if p.HasValue {
			reason += ": " + strconv.Quote(p.Value)
		}
		reasons = append(reasons, reason)
	}
	out := []string{strconv.Itoa(row.Line), inert(strings.Join(columns, "; ")), inert(strings.Join(reasons, "; "))}
	for _, f := range row.Fields {
		out = append(out, inert(f))
	}
	return b.w.Write(out)
}

// inert keeps a spreadsheet from taking a value for a formula.
func inert(s string) string {
	if s != "" && strings.IndexByte("=+-@\t\r\n", s[0]) >= 0 {
		return "'" + s
	}
	for _, wide := range []string{"＝", "＋", "－", "＠"} {
		if strings.HasPrefix(s, wide) {
			return "'" + s
		}
	}
	return s
}

// close ends the file; keep puts it in its place if it holds anything.
func (b *badFile) close(keep bool) (kept bool, err error) {
	b.w.Flush()
	err = errors.Join(b.w.Error(), b.f.Close())
	if err == nil && keep && b.rows > 0 {
		if err = os.Rename(b.f.Name(), b.path); err == nil {
			return true, nil
		}
	}
	err = errors.Join(err, os.Remove(b.f.Name()))
	if err != nil {
		return false, fmt.Errorf("write bad rows to %s: %w", b.path, err)
	}
	return false, nil
}
