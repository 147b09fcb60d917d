// Package objects is Amazon S3 on this machine: versitygw, embedded, on disk.
// It checks the signature of every request; what a caller may do is decided
// before, by local/access.
//
// versitygw allows one instance in a process, and its file backend changes the
// process's working directory: Start therefore needs absolute paths, and so
// does whatever runs after it.
package objects

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

// Limits of one laptop's worth of clients.
const (
	maxConnections = 4096
	maxRequests    = 1024
)

// copyObjectThreshold is the largest object that CopyObject copies at once, as
// on S3: 5 GiB. Left at zero, versitygw refuses every copy.
const copyObjectThreshold = 5 << 30

// Where the bytes of the objects are, below Options.Dir: of the newest versions,
// and of the others.
const (
	objectsFolder  = "objects"
	versionsFolder = "versions"
)

// Bucket is one bucket to serve.
type Bucket struct {
	Name      string
	Versioned bool
}

// Options configure a Server.
type Options struct {
	Dir         string // absolute; made if it does not exist
	Region      string
	Credentials Credentials
	Buckets     []Bucket
}

// Server is a running S3.
type Server struct {
	dir    string
	socket string
	cancel context.CancelFunc
	done   chan error

	region string
	root   root
}

// Start serves S3 on a socket of its own and makes the buckets.
func Start(ctx context.Context, opts Options) (*Server, error) {
	if !filepath.IsAbs(opts.Dir) {
		return nil, fmt.Errorf("the folder of the objects, %q, must be absolute", opts.Dir)
	}
	folders := map[string]string{}
	for _, name := range []string{objectsFolder, versionsFolder, "metadata"} {
		folders[name] = filepath.Join(opts.Dir, name)
		if err := os.MkdirAll(folders[name], 0o755); err != nil {
			return nil, fmt.Errorf("make the folder of the objects: %w", err)
		}
	}
	// Metadata lies beside the objects: extended attributes are not everywhere,
	// and where they are, not large enough.
	sidecar, err := meta.NewSideCar(folders["metadata"])
	if err != nil {
		return nil, fmt.Errorf("open the objects' metadata: %w", err)
	}
	backend, err := openBackend(folders[objectsFolder], sidecar, posix.PosixOpts{
		SideCarDir:          folders["metadata"],
		VersioningDir:       folders[versionsFolder],
		ValidateBucketNames: true,
		CopyObjectThreshold: copyObjectThreshold,
	})
	if err != nil {
		return nil, fmt.Errorf("open the objects: %w", err)
	}
	socket, err := socketPath(opts.Dir)
	if err != nil {
		return nil, err
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &Server{dir: opts.Dir, socket: socket, cancel: cancel, done: make(chan error, 1), region: opts.Region, root: newRoot()}
	go func() {
		s.done <- embedgw.RunVersityGW(running, backend, &embedgw.Config{
			RootUserAccess:    s.root.access,
			RootUserSecret:    s.root.secret,
			Region:            opts.Region,
			Ports:             []string{s.socket},
			SocketPerm:        "0600",
			MaxConnections:    maxConnections,
			MaxRequests:       maxRequests,
			MultipartMaxParts: 10000,
			IAMService:        accounts{opts.Credentials},
			DisableACLs:       true,
			KeepAlive:         true,
			Quiet:             true,
		})
	}()
	if err := s.ready(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := makeBuckets(ctx, s, opts); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// openBackend opens the file backend without its greeting: it writes that to
// standard output, which belongs to the program's user, and has no setting.
func openBackend(dir string, metadata meta.MetadataStorer, opts posix.PosixOpts) (*posix.Posix, error) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	stdout := os.Stdout
	os.Stdout = null
	defer func() { os.Stdout = stdout }()
	return posix.New(dir, metadata, opts)
}

// maxSocketPath is what a socket's address holds on macOS; Linux has four more.
const maxSocketPath = 103

// socketPath is where the server listens: in its folder, so that a server that
// is killed leaves nothing elsewhere, unless the folder lies too deep for that.
func socketPath(dir string) (string, error) {
	path := filepath.Join(dir, "socket")
	if len(path) > maxSocketPath {
		shallow, err := os.MkdirTemp("", "pixline-s3-")
		if err != nil {
			return "", fmt.Errorf("make the folder of the S3 socket: %w", err)
		}
		path = filepath.Join(shallow, "socket")
	}
	// Of a server that was killed.
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("make way for the S3 socket: %w", err)
	}
	return path, nil
}

// Transport carries requests to the server, whatever their host.
func (s *Server) Transport() *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", s.socket)
		},
		MaxIdleConnsPerHost: 256,
		DisableCompression:  true,
	}
}

// ready waits until the socket accepts connections.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		conn, err := net.Dial("unix", s.socket)
		if err == nil {
			return conn.Close()
		}
		select {
		case err := <-s.done:
			s.done <- err
			return fmt.Errorf("start S3: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("wait for S3: %w", ctx.Err())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// Close stops the server and waits for it.
func (s *Server) Close() error {
	s.cancel()
	err := <-s.done
	if filepath.Dir(s.socket) != s.dir {
		err = errors.Join(err, os.RemoveAll(filepath.Dir(s.socket)))
	}
	return err
}
