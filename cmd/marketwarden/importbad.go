package main

import (
	"crypto/rand"
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
	folder *os.Root
	temp   string // its name until it is complete
	name   string
	f      *os.File
	w      *csv.Writer
	rows   int
	kept   bool // set by close: it is there under its name
}

func createBadFile(folder *os.Root, name string) (*badFile, error) {
	temp := ".bad-" + rand.Text()
	f, err := folder.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write bad rows: %w", err)
	}
	return &badFile{folder: folder, temp: temp, name: name, f: f, w: csv.NewWriter(f)}, nil
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
func (b *badFile) close(keep bool) error {
	b.w.Flush()
	err := errors.Join(b.w.Error(), b.f.Close())
	if err == nil && keep && b.rows > 0 {
		if err = b.folder.Rename(b.temp, b.name); err == nil {
			b.kept = true
			return nil
		}
	}
	if err = errors.Join(err, b.folder.Remove(b.temp)); err != nil {
		return fmt.Errorf("write bad rows to %s: %w", filepath.Join(b.folder.Name(), b.name), err)
	}
	return nil
}
