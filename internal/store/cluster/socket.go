package cluster

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// port is part of the socket's name only; nothing listens on a network.
const port = "5432"

// maxSocketDir is the longest folder a socket can be in: the kernel takes 107 bytes for
// the whole name, and PostgreSQL adds a lock file beside it.
const maxSocketDir = 107 - len("/.s.PGSQL."+port)

// socketDir makes the folder of the socket: in the cluster's own folder if the name is
// short enough, else in the user's runtime folder, else below /tmp.
func (c *Cluster) socketDir(id identity) (string, error) {
	own := c.path("socket")
	if len(own) <= maxSocketDir {
		return own, makePrivateDir(own, id)
	}
	sum := sha256.Sum256([]byte(c.dir))
	hash := hex.EncodeToString(sum[:8])
	if run := c.opts.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(run) && id.mode != identityOther {
		dir := filepath.Join(run, "marketwarden-"+hash)
		if len(dir) <= maxSocketDir && makePrivateDir(dir, id) == nil {
			return dir, nil
		}
	}
	dir := "/tmp/marketwarden-" + strconv.Itoa(id.fileOwner()) + "-" + hash
	return dir, makePrivateDir(dir, id)
}

// makePrivateDir makes dir for its owner alone. One that is there must be exactly that:
// below /tmp anybody could have put a link or a folder of their own in its place.
func makePrivateDir(dir string, id identity) error {
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		return id.owns(dir)
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(st.Uid) != id.fileOwner() || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s is not a private folder of %s: remove it", dir, userName(id.fileOwner()))
	}
	return nil
}
