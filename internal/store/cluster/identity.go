package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrOwner says that the cluster's folder belongs to somebody else.
var ErrOwner = errors.New("folder of another user")

// identityMode is how the server gets an identity that PostgreSQL accepts: it refuses
// to run as root, and initdb needs a user with a name.
type identityMode int

const (
	identityAuto identityMode = iota
	identityOwn               // as the user we are
	identityNamespace
	identityOther
)

// identity is the chosen way. In a user namespace the server takes itself for an
// ordinary user while all files stay root's: no second user, no change of ownership,
// and it works below /root. Where namespaces are not to be had (a container without the
// capability) the server runs as the user postgres, or nobody, and owns its files; if a
// folder above is closed to that user it keeps root's capability to pass.
type identity struct {
	mode     identityMode
	uid, gid int  // inside the namespace, or of the other user
	passes   bool // keeps CAP_DAC_OVERRIDE
}

// attr returns how to start a process with this identity.
func (id identity) attr() *syscall.SysProcAttr {
	switch id.mode {
	case identityNamespace:
		return &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: id.uid, HostID: os.Geteuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: id.gid, HostID: os.Getegid(), Size: 1}},
		}
	case identityOther:
		attr := &syscall.SysProcAttr{Credential: &syscall.Credential{
			Uid: uint32(id.uid), //nolint:gosec // ids of the user database
			Gid: uint32(id.gid), //nolint:gosec // ids of the user database
		}}
		if id.passes {
			attr.AmbientCaps = []uintptr{unix.CAP_DAC_OVERRIDE}
		}
		return attr
	case identityAuto, identityOwn:
	}
	return &syscall.SysProcAttr{}
}

// owns gives a file to the identity where it is another user.
func (id identity) owns(name string) error {
	if id.mode != identityOther {
		return nil
	}
	return os.Chown(name, id.uid, id.gid)
}

// fileOwner is who the server's files belong to.
func (id identity) fileOwner() int {
	if id.mode == identityOther {
		return id.uid
	}
	return os.Geteuid()
}

// chooseIdentity decides by the data folder if there is one, as its owner cannot
// change; else by what the system allows.
func chooseIdentity(ctx context.Context, wish identityMode, dir, data string) (identity, error) {
	if wish == identityAuto && os.Geteuid() != 0 {
		if _, err := user.LookupId(strconv.Itoa(os.Geteuid())); err == nil {
			return identity{mode: identityOwn}, nil
		}
		wish = identityNamespace // a container's arbitrary user
	}
	uid, gid := serverUser()
	ns := identity{mode: identityNamespace, uid: uid, gid: gid}
	other := identity{mode: identityOther, uid: uid, gid: gid}
	info, err := os.Stat(data)
	switch {
	case err == nil && wish == identityAuto:
		if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 {
			other.uid, other.gid = int(st.Uid), int(st.Gid)
			return reaching(ctx, dir, other)
		}
		wish = identityNamespace
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return identity{}, err
	}
	if wish != identityOther {
		err := probe(ctx, ns, "/")
		if err == nil {
			return ns, nil
		}
		if wish == identityNamespace {
			return identity{}, fmt.Errorf("PostgreSQL does not run as root, and a user namespace for it is refused: %w", err)
		}
	}
	return reaching(ctx, dir, other)
}

// serverUser returns the user that the server is, or takes itself for: initdb wants one
// that has a name.
func serverUser() (uid, gid int) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if uidErr == nil && gidErr == nil {
			return uid, gid
		}
	}
	return 65534, 65534
}

// reaching opens the cluster's folder to the other user for passing, and finds out what
// it takes to get there.
func reaching(ctx context.Context, dir string, id identity) (identity, error) {
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // what is inside is closed
		return id, err
	}
	if probe(ctx, id, dir) == nil {
		return id, nil
	}
	id.passes = true
	if err := probe(ctx, id, dir); err != nil {
		return id, fmt.Errorf("PostgreSQL does not run as root, and %s cannot reach %s (%w):"+
			" choose another --data-dir, or run as an ordinary user", userName(id.uid), dir, err)
	}
	return id, nil
}

// probe tries whether a program with the identity can run and enter dir.
func probe(ctx context.Context, id identity, dir string) error {
	name, err := exec.LookPath("test")
	if err != nil {
		return err
	}
	// Not by cmd.Dir: a kept capability takes effect with the new program only.
	cmd := exec.CommandContext(ctx, name, "-d", dir+"/.")
	cmd.SysProcAttr = id.attr()
	return cmd.Run()
}

// checkOwner refuses a folder of somebody else: files of two owners in one cluster
// would lock both out.
func checkOwner(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is no folder", dir)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if ok && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("%w: %s belongs to %s, and this is %s. Run as that user, or choose another --data-dir, or set DATABASE_URL",
			ErrOwner, dir, userName(int(st.Uid)), userName(os.Geteuid()))
	}
	return nil
}

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return fmt.Sprintf("%s (uid %d)", u.Username, uid)
	}
	return fmt.Sprintf("uid %d", uid)
}
