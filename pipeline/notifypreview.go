package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"marketwarden/reports/notices"
)

// preview makes out what would be sent.
func (e *Engine) preview(ctx context.Context, o *NotifyOptions, res *NotifyResult) error {
	due, err := e.gather(ctx, o.Provider, res.Sweep, res.Why)
	if err != nil {
		return err
	}
	dir := o.Out
	if dir == "" {
		dir = filepath.Join(e.Config.DataDir, "notices", "preview-"+strconv.FormatInt(res.Sweep, 10))
	}
	if err := clearPreviews(dir); err != nil {
		return err
	}
	for i := range due {
		d, err := e.digest(&due[i], res.Sweep)
		if err != nil {
			return err
		}
		d.Reference, d.Preview = previewName(d.Provider.ID), true
		m, err := e.message(d)
		if err != nil {
			return err
		}
		files, err := notices.Write(dir, m)
		if err != nil {
			return err
		}
		res.Providers = append(res.Providers, ProviderNotice{Provider: due[i].provider, Items: len(due[i].items), Files: files})
	}
	return nil
}

// previewPrefix begins the names of previews: no reference of a notice does.
const previewPrefix = "PREVIEW-"

// maxPreviewID is how much of a provider's ID is in the name of its preview.
const maxPreviewID = 60

// previewName names the preview for a provider. IDs are foreign text: what a file name
// should not hold is replaced, and a hash tells apart what that makes the same.
func previewName(provider string) string {
	safe := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '_'
	}, provider)
	if safe == provider && len(safe) <= maxPreviewID {
		return previewPrefix + safe
	}
	sum := sha256.Sum256([]byte(provider))
	return previewPrefix + safe[:min(len(safe), maxPreviewID)] + "-" + hex.EncodeToString(sum[:4])
}

// clearPreviews takes the previews of an earlier run away: one that is no longer due must
// not lie among those that are.
func clearPreviews(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for earlier previews: %w", err)
	}
	for _, f := range entries {
		ext := filepath.Ext(f.Name())
		if !strings.HasPrefix(f.Name(), previewPrefix) || !f.Type().IsRegular() || (ext != ".eml" && ext != ".html") {
			continue
		}
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
			return fmt.Errorf("remove an earlier preview: %w", err)
		}
	}
	return nil
}
